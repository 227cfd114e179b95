"""GET and POST /_clary/clock. AWS has no such call; the rules are those of docs/reference/local-api.md."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server import moves
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess, Loop

HOUR = 3600
Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(app: InProcess) -> Ask:
    """`ask("POST", {"by": 3600})`: status and answer of a request that root has signed, or whose keys are given."""

    def send(
        method: str, body: Any = None, key: str = ROOT_KEY, secret: str = ROOT_SECRET, token: str = ""
    ) -> tuple[int, dict[str, Any]]:
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        request = AWSRequest(method, f"{ENDPOINT}/_clary/clock", data=text)
        SigV4Auth(Credentials(key, secret, token or None), "clary", "us-east-1").add_auth(request)
        status, _, answer = app.request(method, request.url, dict(request.headers.items()), text.encode())
        return status, json.loads(answer)

    return send


def iso(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def test_one_time_until_it_is_moved(ask: Ask, clock: FakeClock) -> None:
    status, shown = ask("GET")
    assert status == 200
    assert shown["machine"] == shown["business"]
    assert datetime.fromisoformat(shown["machine"]) == iso(clock.now())
    assert shown["ahead_seconds"] == 0


def test_business_time_moves_and_the_machines_does_not(ask: Ask, clock: FakeClock) -> None:
    assert ask("POST", {"by": 2 * HOUR}) == ask("GET")
    status, shown = ask("POST", {"by": 60})
    assert (status, shown["ahead_seconds"]) == (200, 2 * HOUR + 60)
    assert datetime.fromisoformat(shown["machine"]) == iso(clock.now())
    assert datetime.fromisoformat(shown["business"]) == iso(clock.now() + 2 * HOUR + 60)
    clock.advance(5)
    assert datetime.fromisoformat(ask("GET")[1]["business"]) == iso(clock.now() + 2 * HOUR + 60)


def test_to_a_moment_and_less_than_a_second_after_it(ask: Ask, clock: FakeClock) -> None:
    moment = iso(clock.now() + 40 * 86_400).replace(microsecond=0)
    status, shown = ask("POST", {"to": moment.isoformat()})
    assert status == 200
    assert 0 <= (datetime.fromisoformat(shown["business"]) - moment).total_seconds() < 1
    assert shown["ahead_seconds"] == int(shown["ahead_seconds"])


def test_it_never_goes_back(ask: Ask, clock: FakeClock) -> None:
    ask("POST", {"by": 2 * HOUR})
    status, said = ask("POST", {"to": iso(clock.now() + HOUR).isoformat()})
    assert (status, said["code"]) == (400, "ValidationException")
    assert "It goes forward only" in said["message"]
    assert ask("GET")[1]["ahead_seconds"] == 2 * HOUR


@pytest.mark.parametrize("body", [{"by": 100 * 365 * 86_400}, {"to": "9999-12-31T23:59:59Z"}], ids=str)
def test_a_hundred_years_are_a_slip(ask: Ask, body: dict[str, Any]) -> None:
    status, said = ask("POST", body)
    assert status == 400
    assert "at most 4,000 days ahead" in said["message"]
    assert ask("GET")[1]["ahead_seconds"] == 0


def test_many_moves_come_no_farther_than_one(ask: Ask) -> None:
    assert ask("POST", {"by": 3_999 * 86_400})[0] == 200
    assert ask("POST", {"by": 2 * 86_400})[0] == 400
    assert ask("POST", {"by": 86_400})[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "3", {}, {"by": 0}, {"by": -1}, {"by": 1.5}, {"by": True}, {"by": "60"}, {"by": 1, "to": ""},
        {"to": 1}, {"to": "tomorrow"}, {"to": "2099-01-01T00:00:00"}, {"for": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_move(ask: Ask, body: Any) -> None:
    status, said = ask("POST", body)
    assert (status, said["code"]) == (400, "ValidationException")
    assert ask("GET")[1]["ahead_seconds"] == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_root_only(ask: Ask, app: InProcess, client: Callable[..., Any], method: str) -> None:
    user = client("iam")
    user.create_user(UserName="u")
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    user.attach_user_policy(UserName="u", PolicyArn=admin)
    key = user.create_access_key(UserName="u")["AccessKey"]
    assert ask(method, {"by": 1}, key["AccessKeyId"], key["SecretAccessKey"])[0] == 403
    status, _, answer = app.request(method, f"{ENDPOINT}/_clary/clock", {}, b'{"by": 1}')
    assert (status, json.loads(answer)["code"]) == (403, "MissingAuthenticationToken")
    assert ask("GET")[1]["ahead_seconds"] == 0


def test_signatures_and_sessions_are_of_the_machines_time(
    ask: Ask, client: Callable[..., Any], app: InProcess
) -> None:
    keys = client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    session = keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    client("s3").create_bucket(Bucket="box")
    client("s3").put_object(Bucket="box", Key="k", Body=b"x")
    url = client("s3").generate_presigned_url("get_object", {"Bucket": "box", "Key": "k"}, ExpiresIn=60)
    ask("POST", {"by": 3_650 * 86_400})
    assert client("s3", *session).list_buckets()["Buckets"][0]["Name"] == "box"
    assert app.request("GET", url, {})[0] == 200


def test_what_happened_is_dated_by_the_machines_time(
    ask: Ask, client: Callable[..., Any], clock: FakeClock
) -> None:
    """A client compares such dates with its own clock: `aws s3 sync`, If-Modified-Since, filters of lists."""
    s3, sm = client("s3"), client("sagemaker")
    s3.create_bucket(Bucket="box")
    group = {"ModelPackageGroupName": "before"}
    sm.create_model_package_group(**group)
    ask("POST", {"by": 2 * 86_400})
    clock.advance(2)
    sm.create_model_package_group(ModelPackageGroupName="after")
    s3.put_object(Bucket="box", Key="k", Body=b"x")
    now = iso(clock.now())
    found = sm.list_model_package_groups(SortBy="CreationTime", SortOrder="Ascending")
    groups = found["ModelPackageGroupSummaryList"]
    assert [one["ModelPackageGroupName"] for one in groups] == ["before", "after"]
    assert [now - one["CreationTime"] for one in groups] == [now - iso(clock.now() - 2), now - now]
    assert s3.head_object(Bucket="box", Key="k")["LastModified"] == now.replace(microsecond=0)
    with pytest.raises(ClientError, match="304"):
        s3.get_object(Bucket="box", Key="k", IfModifiedSince=now)


def test_moves_at_the_same_moment_add_up(platform: Platform, loop: Loop) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*(moves.move(platform, moves.by(HOUR)) for _ in range(8)))

    loop.run(all_at_once())
    assert platform.clock.timeline.ahead == 8 * HOUR


def test_a_machine_that_was_set_back_between_two_moves(ask: Ask, clock: FakeClock) -> None:
    ask("POST", {"by": HOUR})
    clock.advance(-200)
    ask("POST", {"by": HOUR})
    first, second = ask("GET"), ask("GET")
    assert first == second
    assert datetime.fromisoformat(first[1]["business"]) == iso(clock.now() + 2 * HOUR)


def test_a_reset_forgets_the_moves(ask: Ask, app: InProcess, platform: Platform) -> None:
    ask("POST", {"by": HOUR})
    request = AWSRequest("POST", f"{ENDPOINT}/_clary/reset", data="")
    SigV4Auth(Credentials(ROOT_KEY, ROOT_SECRET), "clary", "us-east-1").add_auth(request)
    assert app.request("POST", request.url, dict(request.headers.items()))[0] == 200
    assert ask("GET")[1]["ahead_seconds"] == 0
    with platform.store.read() as tx:
        assert tx.moves() == []
