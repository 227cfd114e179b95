"""ARNs in parts."""

from __future__ import annotations

import pytest

from clary.kernel import Arn


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("arn:aws:sagemaker:us-east-1:111122223333:training-job/a", "training-job", "a"),
        ("arn:aws:iam::111122223333:role/service-role/r", "role", "r"),
        ("arn:aws:logs:us-east-1:1:log-group:/aws/x:log-stream:s", "log-group", "x:log-stream:s"),
        ("arn:aws:s3:::bucket/key/with/slashes", "bucket", "slashes"),
    ],
)
def test_parts_and_back(text: str, kind: str, name: str) -> None:
    arn = Arn.parse(text)
    assert (arn.kind, arn.name) == (kind, name)
    assert str(arn) == text


def test_the_resource_keeps_its_colons() -> None:
    arn = Arn.parse("arn:aws-cn:logs:cn-north-1:1:log-group:g:*")
    assert arn == ("aws-cn", "logs", "cn-north-1", "1", "log-group:g:*")


@pytest.mark.parametrize("text", ["", "arn", "urn:aws:s3:::b", "arn:aws:s3:b"])
def test_what_is_no_arn(text: str) -> None:
    with pytest.raises(ValueError, match="not an ARN"):
        Arn.parse(text)
