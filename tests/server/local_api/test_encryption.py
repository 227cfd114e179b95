"""POST and GET /_clary/encryption, which `clary encrypt` asks. AWS has no such call."""

from __future__ import annotations

import json
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.plane import Platform
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess
from tests.support.waiting import until


def ask(app: InProcess, method: str, key: str = ROOT_KEY) -> tuple[int, dict[str, Any]]:
    request = AWSRequest(method, f"{ENDPOINT}/_clary/encryption")
    SigV4Auth(Credentials(key, ROOT_SECRET), "clary", "us-east-1").add_auth(request)
    status, _, answer = app.request(method, request.url, dict(request.headers.items()))
    return status, json.loads(answer)


def test_it_begins_and_says_how_far_it_is(app: InProcess, client: Any, platform: Platform) -> None:
    s3 = client("s3")
    object.__setattr__(platform.settings, "s3_encryption", False)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x" * 100)
    status, said = ask(app, "POST")
    assert (status, "CLARY_S3_ENCRYPTION=off" in said["message"]) == (400, True)
    object.__setattr__(platform.settings, "s3_encryption", True)
    assert ask(app, "POST")[0] == 200
    until(lambda: not ask(app, "GET")[1]["going"])
    found = {"going": False, "failed": False, "seen": 1, "encrypted": 1, "bytes": 100, "damaged": []}
    assert ask(app, "GET") == (200, found)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x" * 100


def test_only_root_may(app: InProcess) -> None:
    for method in ("GET", "POST"):
        assert ask(app, method, key="AKIANOBODYNOBODYNOBO")[0] == 403
