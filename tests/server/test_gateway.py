"""What the gateway answers when it fails itself: in each service's own word, and with nothing of the failure in it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform
from clary.store.api import NoSpace


@pytest.fixture(params=[RuntimeError("secret detail"), NoSpace("secret detail")], ids=["bug", "full disk"])
def trouble(request: pytest.FixtureRequest, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Exception:
    async def run(*_: Any) -> Any:
        raise request.param

    monkeypatch.setattr(Platform, "answer", run)
    return request.param


# Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (InternalError, ServiceUnavailable);
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html (InternalFailure, ServiceUnavailable).
@pytest.mark.parametrize(
    ("service", "operation", "bug"),
    [
        ("s3", "list_buckets", "InternalError"),
        ("sagemaker", "list_models", "InternalFailure"),
        ("iam", "list_roles", "InternalFailure"),
    ],
)
def test_a_failure_is_told_in_the_services_own_word(
    client: Any, trouble: Exception, service: str, operation: str, bug: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)()
    code, status = (bug, 500) if isinstance(trouble, RuntimeError) else ("ServiceUnavailable", 503)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert answer["ResponseMetadata"]["RequestId"]
    assert "secret" not in str(caught.value)
