"""Policies of parameters (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from tests.support.turns import turn

DAY = 86_400


def _policy(kind: str, **attributes: str) -> dict[str, Any]:
    return {"Type": kind, "Version": "1.0", "Attributes": attributes}


def _expiration(clock: FakeClock, days: int) -> dict[str, Any]:
    at = datetime.fromtimestamp(clock.now() + days * DAY, UTC)
    return _policy("Expiration", Timestamp=at.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


def _put(ssm: Any, *policies: dict[str, Any], **more: Any) -> None:
    ssm.put_parameter(
        Name="/a", Value="v", Type="String", Tier="Advanced", Policies=json.dumps(policies), **more
    )


def test_a_parameter_expires_after_its_notices(
    ssm: Any,
    clock: FakeClock,
    controllers: Controllers,
    move: Callable[[float], None],
    told: Callable[[], list[Any]],
) -> None:
    notice = _policy("ExpirationNotification", Before="2", Unit="Days")
    unchanged = _policy("NoChangeNotification", After="120", Unit="Hours")
    _put(ssm, _expiration(clock, 10), notice, unchanged)

    def done() -> dict[str, str]:
        turn(controllers, clock, 1, 1)
        (shown,) = ssm.describe_parameters()["Parameters"]
        return {policy["PolicyType"]: policy["PolicyStatus"] for policy in shown["Policies"]}

    assert set(done().values()) == {"Pending"}
    move(5 * DAY)
    assert done() == {
        "Expiration": "Pending",
        "ExpirationNotification": "Pending",
        "NoChangeNotification": "Finished",
    }
    move(3 * DAY)
    assert done()["ExpirationNotification"] == "Finished"
    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "v"
    move(2 * DAY)
    turn(controllers, clock, 1, 1)
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter(Name="/a")
    kinds = [change.view["new"]["policy"]["type"] for change in told() if change.what == "policy"]
    assert kinds == ["NoChangeNotification", "ExpirationNotification", "Expiration"]
    assert told()[-1].what == "deleted"


def test_a_change_begins_the_time_without_change_again(
    ssm: Any,
    clock: FakeClock,
    controllers: Controllers,
    move: Callable[[float], None],
    told: Callable[[], list[Any]],
) -> None:
    _put(ssm, _policy("NoChangeNotification", After="2", Unit="Days"))
    move(1.5 * DAY)
    ssm.put_parameter(Name="/a", Value="w", Overwrite=True)
    move(1.5 * DAY)
    turn(controllers, clock, 1, 1)
    assert "policy" not in [change.what for change in told()]
    move(DAY)
    turn(controllers, clock, 1, 1)
    assert [change.what for change in told()] == ["created", "updated", "policy"]


def test_policies_are_taken_away_and_a_deleted_parameter_has_none(
    ssm: Any, clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    _put(ssm, _expiration(clock, 1))
    ssm.put_parameter(Name="/a", Value="v", Policies="[{}]", Overwrite=True)
    move(2 * DAY)
    turn(controllers, clock, 1, 1)
    assert ssm.describe_parameters()["Parameters"][0]["Policies"] == []
    ssm.put_parameter(
        Name="/b", Value="v", Type="String", Tier="Advanced", Policies=json.dumps([_expiration(clock, 9)])
    )
    ssm.delete_parameter(Name="/b")
    ssm.put_parameter(Name="/b", Value="w", Type="String")
    move(9 * DAY)
    turn(controllers, clock, 1, 1)
    assert ssm.get_parameter(Name="/b")["Parameter"]["Value"] == "w"
    (first, _) = ssm.get_parameter_history(Name="/a")["Parameters"]
    assert [policy["PolicyStatus"] for policy in first["Policies"]] == ["Finished"]


@pytest.mark.parametrize(
    ("policies", "match"),
    [
        ("{", "ValidationException"),
        ('["x"]', "InvalidPolicyTypeException"),
        (
            json.dumps([_policy("Renewal", After="1", Unit="Days")]),
            "InvalidPolicyTypeException.*isn't supported",
        ),
        (json.dumps([_policy("Expiration", Timestamp="soon")]), "InvalidPolicyAttributeException"),
        (json.dumps([_policy("Expiration")]), "InvalidPolicyAttributeException"),
        (
            json.dumps([_policy("NoChangeNotification", After="1", Unit="Weeks")]),
            "InvalidPolicyAttributeException",
        ),
        (
            json.dumps([_policy("NoChangeNotification", After="-1", Unit="Days")]),
            "InvalidPolicyAttributeException",
        ),
        (
            json.dumps([_policy("ExpirationNotification", Before="1", Unit="Days")]),
            "IncompatiblePolicyException",
        ),
        (
            json.dumps([_policy("Expiration", Timestamp="2040-01-01T00:00:00Z")] * 2),
            "IncompatiblePolicyException",
        ),
        (
            json.dumps([_policy("NoChangeNotification", After="1", Unit="Days")] * 11),
            "PoliciesLimitExceeded.*is 10",
        ),
    ],
)
def test_policies_that_are_refused(ssm: Any, policies: str, match: str) -> None:
    with pytest.raises(ClientError, match=match):
        ssm.put_parameter(Name="/a", Value="v", Type="String", Tier="Advanced", Policies=policies)
    assert ssm.describe_parameters()["Parameters"] == []


def test_policies_need_the_tier_advanced(ssm: Any) -> None:
    given = json.dumps([_policy("NoChangeNotification", After="1", Unit="Days")])
    with pytest.raises(ClientError, match=r"ValidationException.*Advanced"):
        ssm.put_parameter(Name="/a", Value="v", Type="String", Policies=given)
    tier = ssm.put_parameter(Name="/a", Value="v", Type="String", Tier="Intelligent-Tiering", Policies=given)[
        "Tier"
    ]
    assert tier == "Advanced"
