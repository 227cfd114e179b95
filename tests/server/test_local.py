"""The doors under /_clary/: whom they let in. AWS has no such thing; the rules are those of docs/reference/local-api.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess
from tests.services.sagemaker.conftest import training_request

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
OTHER = {"account": "444455556666", "access_key_id": "AKIAOTHEROTHEROTHER0", "secret_access_key": "s" * 40}


@pytest.fixture
def post(app: InProcess) -> Callable[..., int]:
    """`post(path, body)`: the status of a request that root has signed, or whose keys are given."""

    def send(path: str, body: str, key: str = ROOT_KEY, secret: str = ROOT_SECRET, token: str = "") -> int:
        request = AWSRequest("POST", f"{ENDPOINT}{path}", data=body)
        SigV4Auth(Credentials(key, secret, token or None), "sts", "us-east-1").add_auth(request)
        headers = dict(request.headers.items()) | {"content-type": "application/json"}
        return app.request("POST", request.url, headers, body.encode())[0]

    return send


def test_root_makes_an_account(post: Callable[..., int], client: Callable[..., Any]) -> None:
    assert post("/_clary/accounts", json.dumps(OTHER)) == 200
    sts = client("sts", OTHER["access_key_id"], OTHER["secret_access_key"])
    assert sts.get_caller_identity()["Account"] == OTHER["account"]


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "3", "{}", json.dumps({**OTHER, "account": "12"}), json.dumps({**OTHER, "account": [1]})],
)
def test_what_makes_no_account_is_a_bad_request(post: Callable[..., int], body: str) -> None:
    assert post("/_clary/accounts", body) == 400


@pytest.mark.parametrize("call", ["get_session_token", "get_federation_token"])
def test_a_session_of_root_is_not_root_itself(
    call: str, post: Callable[..., int], client: Callable[..., Any]
) -> None:
    # GetFederationToken without a policy: "the resulting session has no permissions" (API reference).
    params = {"Name": "guest"} if call == "get_federation_token" else {}
    keys = getattr(client("sts"), call)(**params)["Credentials"]
    session = keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    assert post("/_clary/accounts", json.dumps(OTHER), *session) == 403
    assert post("/_clary/reset", "", *session) == 403


def test_a_root_key_that_was_switched_off_opens_nothing(
    post: Callable[..., int], client: Callable[..., Any], platform: Platform
) -> None:
    client("iam").update_access_key(AccessKeyId=ROOT_KEY, Status="Inactive")
    platform.authorizer.forget()
    assert post("/_clary/accounts", json.dumps(OTHER)) == 403


def test_the_root_of_another_account_is_a_stranger(post: Callable[..., int]) -> None:
    assert post("/_clary/accounts", json.dumps(OTHER)) == 200
    key, secret = OTHER["access_key_id"], OTHER["secret_access_key"]
    assert post("/_clary/accounts", json.dumps(OTHER), key, secret) == 403


def test_a_token_is_good_for_one_job_and_not_for_the_next_of_its_name(
    app: InProcess,
    client: Callable[..., Any],
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> None:
    iam, sm = client("iam"), client("sagemaker")
    for name in ("Weak", "Strong"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))

    def started(role: str) -> tuple[str, str]:
        request = training_request(f"arn:aws:iam::{ACCOUNT}:role/{role}")
        del request["InputDataConfig"]
        sm.create_training_job(**request)
        controllers.once()
        (spec,) = runs.specs.values()
        return urlsplit(spec.credentials_uri).path, spec.credentials_token

    def opened(path: str, token: str) -> tuple[int, str]:
        status, _, body = app.request("GET", ENDPOINT + path, {"authorization": token})
        return status, json.loads(body).get("RoleArn", "")

    path, weak = started("Weak")
    assert opened(path, weak) == (200, f"arn:aws:iam::{ACCOUNT}:role/Weak")
    runs.finish(next(iter(runs.specs)))
    for _ in range(4):
        controllers.once()
        clock.advance(1)
    assert opened(path, weak)[0] == 404
    sm.delete_training_job(TrainingJobName="job-1")
    again, strong = started("Strong")
    assert again != path
    assert opened(again, strong) == (200, f"arn:aws:iam::{ACCOUNT}:role/Strong")
    for address, token in ((again, weak), (path, weak), (path, strong)):
        assert opened(address, token)[0] == 403
