"""GetAccessKeyLastUsed and RoleLastUsed. Oracle: API reference (AccessKeyLastUsed, RoleLastUsed), IAM User Guide ("only the first
use in a 15-minute span is recorded")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clary.access.directory import Use
from clary.kernel import FakeClock
from clary.plane import Platform, last_use
from clary.plane.last_use import last_use_of
from clary.services.iam.last_use import rows
from tests.support.principals import ACCOUNT, allow, as_session, role, trust, user
from tests.support.refusals import error_of, refusal

Client = Callable[..., Any]
Store = Callable[[], None]


def test_a_key_that_was_never_used(iam: Any, client: Client) -> None:
    ann = user(client, "ann")
    answer = iam.get_access_key_last_used(AccessKeyId=ann["key"])
    assert (answer["UserName"], answer["AccessKeyLastUsed"]) == (
        "ann",
        {"ServiceName": "N/A", "Region": "N/A"},
    )
    missing = error_of(lambda: iam.get_access_key_last_used(AccessKeyId="AKIAAAAAAAAAAAAAAAAA"))
    message = "The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found."
    assert missing == ("NoSuchEntity", message, 404)


def test_the_last_use_of_a_key(
    iam: Any, client: Client, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert last_use._SPAN == 15 * 60
    monkeypatch.setattr(last_use, "_SPAN", 300.0)  # real signatures are good for 15 minutes
    ann = user(client, "ann")

    def used() -> tuple[float, str, str]:
        store()
        found = iam.get_access_key_last_used(AccessKeyId=ann["key"])["AccessKeyLastUsed"]
        return found["LastUsedDate"].timestamp(), found["ServiceName"], found["Region"]

    first = clock.now()
    assert refusal(lambda: client("iam", **ann).list_users())[0] == "AccessDenied"  # it was authenticated
    assert used() == (first, "iam", "us-east-1")
    clock.advance(60)
    client("sts", **ann).get_caller_identity()
    assert used() == (first + 60, "sts", "us-east-1")
    clock.advance(60)
    refusal(lambda: client("iam", **ann).list_users())  # again within the span
    assert used() == (first + 60, "sts", "us-east-1")
    clock.advance(180)
    refusal(lambda: client("iam", **ann).list_users())
    assert used() == (first + 300, "iam", "us-east-1")


def test_a_use_is_forgotten_with_its_key(iam: Any, client: Client, store: Store, platform: Platform) -> None:
    ann = user(client, "ann")
    client("sts", **ann).get_caller_identity()
    store()
    iam.delete_access_key(UserName="ann", AccessKeyId=ann["key"])
    iam.delete_user(UserName="ann")
    with platform.store.read() as tx:
        assert tx.sql("SELECT * FROM iam_key_use WHERE id = ?", ann["key"]) == []
        assert tx.sql("SELECT * FROM iam_service_use WHERE arn LIKE '%user/ann'") == []


def test_the_last_use_of_a_role(iam: Any, client: Client, store: Store, clock: FakeClock) -> None:
    ann = user(client, "ann", allow("sts:AssumeRole"))
    arn = role(client, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    session = client("sts", **ann).assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    store()
    assert iam.get_role(RoleName="work")["Role"]["RoleLastUsed"] == {}
    client("sts", **as_session(session)).get_caller_identity()
    store()
    used = iam.get_role(RoleName="work")["Role"]["RoleLastUsed"]
    assert (used["LastUsedDate"].timestamp(), used["Region"]) == (clock.now(), "us-east-1")
    (detail,) = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert detail["RoleLastUsed"] == used
    assert "RoleLastUsed" not in iam.list_roles()["Roles"][0]


def test_an_older_use_that_is_stored_later_changes_nothing(
    iam: Any, client: Client, platform: Platform, clock: FakeClock
) -> None:
    ann = user(client, "ann")
    new = Use(ACCOUNT, ann["key"], "", "", "s3", "us-east-1", clock.now())
    with platform.store.write() as tx:
        for use in (new, replace(new, service="kms", at=clock.now() - 1)):
            rows.keep(tx, [use])
    assert iam.get_access_key_last_used(AccessKeyId=ann["key"])["AccessKeyLastUsed"]["ServiceName"] == "s3"


def test_nothing_is_lost_while_the_store_is_down(
    iam: Any, client: Client, platform: Platform, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = user(client, "ann")
    client("sts", **ann).get_caller_identity()

    def fail(*given: Any) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patched:
        patched.setitem(platform.extras, "directory", type("Down", (), {"keep_uses": staticmethod(fail)}))
        with pytest.raises(OSError, match="no space"):
            last_use_of(platform).store(platform)
    store()
    assert iam.get_access_key_last_used(AccessKeyId=ann["key"])["AccessKeyLastUsed"]["ServiceName"] == "sts"
