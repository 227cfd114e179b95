"""GET /_clary/usage (docs/reference/local-api.md): what was called, for the root of the first account alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.kernel import FakeClock
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess


@pytest.fixture
def ask(app: InProcess) -> Callable[..., tuple[int, Any]]:
    def ask(query: str = "", key: str = ROOT_KEY, secret: str = ROOT_SECRET) -> tuple[int, Any]:
        request = AWSRequest("GET", f"{ENDPOINT}/_clary/usage{query}")
        SigV4Auth(Credentials(key, secret), "clary", "us-east-1").add_auth(request)
        status, _, said = app.request("GET", request.url, dict(request.headers))
        return status, json.loads(said)

    return ask


def test_what_was_called_is_there_at_once(ask: Any, client: Any, clock: FakeClock) -> None:
    client("s3").list_buckets()
    client("s3").list_buckets()
    status, said = ask()
    assert status == 200
    [row] = said["usage"]
    assert (row["account"], row["service"], row["operation"], row["caller"], row["calls"]) == (
        "111122223333",
        "s3",
        "ListBuckets",
        "root",
        2,
    )
    assert row["at"] <= clock.now() < row["at"] + row["span"]


def test_so_many_minutes(ask: Any, client: Any, clock: FakeClock) -> None:
    client("s3").list_buckets()
    ask()
    clock.advance(120)
    assert ask("?minutes=2")[1]["usage"] == []
    assert len(ask("?minutes=3")[1]["usage"]) == 1


@pytest.mark.parametrize(
    "query", ["minutes=0", "minutes=-1", "minutes=many", "minutes=129601", "minutes=", "hours=1"]
)
def test_what_is_no_number_of_minutes(ask: Any, query: str) -> None:
    status, said = ask(f"?{query}")
    assert (status, said["code"]) == (400, "ValidationException")


def test_it_is_for_the_root_alone(ask: Any, client: Any) -> None:
    iam = client("iam")
    iam.create_user(UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = iam.create_access_key(UserName="u")["AccessKey"]
    assert ask("", made["AccessKeyId"], made["SecretAccessKey"])[0] == 403
