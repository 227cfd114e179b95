"""`GET /_clary/events`: pages, long polls, and what is said of changes that are gone (docs/reference/local-api.md)."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.kernel import FakeClock
from clary.plane import Platform, Record
from clary.server.on_demand import ON_DEMAND
from clary.services.s3.object_changes import OBJECT
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess
from tests.support.waiting import until

JOB = "sagemaker:TrainingJob"


def ask(app: InProcess, query: str = "") -> tuple[int, dict[str, Any]]:
    request = AWSRequest("GET", f"{ENDPOINT}/_clary/events")
    if query:
        request.url += "?" + query
    SigV4Auth(Credentials(ROOT_KEY, ROOT_SECRET), "clary", "us-east-1").add_auth(request)
    parts = dict(request.headers.items())
    status, _, said = app.request("GET", request.url, parts)
    return status, json.loads(said)


def put(platform: Platform, *names: str, kind: str = JOB) -> None:
    with platform.store.write() as tx:
        for name in names:
            tx.insert(Record(kind, "1/r", name, f"arn:{name}", "InProgress"))


def ids(answer: dict[str, Any]) -> list[str]:
    return [event["id"] for event in answer["events"]]


def test_only_root_may_ask(app: InProcess) -> None:
    assert app.request("GET", f"{ENDPOINT}/_clary/events", {})[0] == 403


def test_page_by_page_and_by_kind(app: InProcess, platform: Platform) -> None:
    start = ask(app)[1]["next"]
    put(platform, *(f"j{n}" for n in range(501)))
    put(platform, "e", kind="sagemaker:Endpoint")
    first = ask(app, f"after={start}")[1]
    assert ids(first) == [f"j{n}" for n in range(500)]
    rest = ask(app, f"after={first['next']}")[1]
    assert (ids(rest), rest["next"]) == (["j500", "e"], start + 502)
    assert ids(ask(app, f"after={start}&kind=sagemaker%3AEndpoint")[1]) == ["e"]
    event = rest["events"][0]
    assert (event["kind"], event["arn"], event["what"]) == (JOB, "arn:j500", "created")
    assert event["view"] == {"old": None, "new": {"status": "InProgress", "members": {}}}


def test_a_long_poll_ends_with_the_change(app: InProcess, platform: Platform) -> None:
    start, answers = ask(app)[1]["next"], list[dict[str, Any]]()
    thread = threading.Thread(target=lambda: answers.append(ask(app, f"after={start}&wait=20")[1]))
    thread.start()
    until(lambda: len(platform.signals._watches.get("changes", ())) == 1)
    put(platform, "j")
    thread.join(5)
    assert [ids(one) for one in answers] == [["j"]]


def test_what_was_deleted_and_what_began_again_is_said(app: InProcess, platform: Platform) -> None:
    put(platform, *"abcde")
    with platform.store.write() as tx:
        newest = tx.newest_change()
        tx.trim_changes(keep=2)
    answer = ask(app, f"after={newest - 4}")[1]
    assert (answer["lost"], ids(answer)) == (2, ["d", "e"])
    assert ask(app, f"after={newest + 1}&wait=20")[1] == {"events": [], "next": 0, "restarted": True}


class TestChangesOnDemand:
    """S3's objects are told of while somebody follows them by name."""

    def put(self, platform: Platform, name: str) -> None:
        with platform.store.write() as tx:
            if tx.is_wanted(OBJECT, "b"):
                tx.changed(OBJECT, "1/r", f"b/{name}", "arn", "ObjectCreated:Put", {})

    def test_they_are_those_of_the_services(self) -> None:
        assert {OBJECT} == ON_DEMAND

    def test_a_follower_begins_where_the_feed_stands(self, app: InProcess, platform: Platform) -> None:
        self.put(platform, "before")
        start = ask(app, "kind=s3%3AObject")[1]
        assert start.keys() == {"events", "next"}
        self.put(platform, "a")
        assert ids(ask(app, f"after={start['next']}&kind=s3%3AObject&wait=20")[1]) == ["b/a"]

    @pytest.mark.parametrize(
        "query", ["after=0", "after=0&kind=s3%3AObject", "", "kind=sagemaker%3AEndpoint"]
    )
    def test_who_does_not_follow_them_has_none_written(
        self, app: InProcess, platform: Platform, query: str
    ) -> None:
        ask(app, query)
        with platform.store.read() as tx:
            assert not tx.is_wanted(OBJECT, "b")

    def test_the_wish_lasts_while_it_is_repeated(
        self, app: InProcess, platform: Platform, clock: FakeClock
    ) -> None:
        ask(app, "kind=s3%3AObject")
        put(platform, "j")
        for _ in range(2):
            clock.advance(350)
            answer = ask(app, "after=0&kind=s3%3AObject&kind=sagemaker%3ATrainingJob&wait=1")[1]
            assert ids(answer) == ["j"]
            assert "unwritten" not in answer

    def test_one_that_comes_back_too_late_is_told_so(
        self, app: InProcess, platform: Platform, clock: FakeClock
    ) -> None:
        ask(app, "kind=s3%3AObject")
        clock.advance(601)
        self.put(platform, "lost")
        answer = ask(app, "after=0&kind=s3%3AObject&wait=20")[1]
        assert (ids(answer), answer["unwritten"]) == ([], ["s3:Object"])
        self.put(platform, "a")
        assert ids(ask(app, "after=0&kind=s3%3AObject&wait=20")[1]) == ["b/a"]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=1&after=2", "since=1", "wait=1.5"])
def test_a_question_that_makes_no_sense_is_refused(app: InProcess, query: str) -> None:
    status, answer = ask(app, query)
    assert (status, answer["code"]) == (400, "ValidationException")
