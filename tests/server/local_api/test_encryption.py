"""POST /_clary/encryption, which `clary encrypt` asks. AWS has no such call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.plane import Platform
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess


def ask(app: InProcess, body: str = "", key: str = ROOT_KEY) -> tuple[int, dict[str, Any]]:
    request = AWSRequest("POST", f"{ENDPOINT}/_clary/encryption", data=body)
    SigV4Auth(Credentials(key, ROOT_SECRET), "clary", "us-east-1").add_auth(request)
    status, _, answer = app.request("POST", str(request.url), dict(request.headers.items()), body.encode())
    return status, json.loads(answer)


def test_it_encrypts_and_says_how_far_it_is(app: InProcess, client: Any, platform: Platform) -> None:
    s3 = client("s3")
    object.__setattr__(platform.settings, "s3_encryption", False)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x" * 100)
    status, said = ask(app)
    assert (status, "CLARY_S3_ENCRYPTION=off" in said["message"]) == (400, True)
    object.__setattr__(platform.settings, "s3_encryption", True)
    found = {"seen": 1, "encrypted": 1, "bytes": 100, "damaged": [], "after": None}
    assert ask(app) == (200, found)
    assert ask(app, '{"after": ["bucket", "z", 0]}')[1]["seen"] == 0
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x" * 100


@pytest.mark.parametrize("body", ["x", "[]", '{"after": "k"}', '{"after": ["bucket", "k"]}'])
def test_another_body(app: InProcess, body: str) -> None:
    assert ask(app, body)[0] == 400


def test_only_root_may(app: InProcess) -> None:
    assert ask(app, key="AKIANOBODYNOBODYNOBO")[0] == 403
