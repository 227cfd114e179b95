"""Reports of last access. Oracle: API reference (GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails,
GetServiceLastAccessedDetailsWithEntities, ListPoliciesGrantingServiceAccess)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.services.iam.last_use import granted
from tests.support.principals import ACCOUNT, allow, policy, user
from tests.support.refusals import refusal

Client = Callable[..., Any]


def _report(iam: Any, arn: str) -> dict[str, Any]:
    id = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    return {**iam.get_service_last_accessed_details(JobId=id), "JobId": id}


def test_of_a_user(iam: Any, client: Client, store: Callable[[], None], clock: FakeClock) -> None:
    ann = user(client, "ann", allow(["iam:ListUsers", "sts:*", "ec2:*"]))
    client("iam", **ann).list_users()
    store()
    report = _report(iam, f"arn:aws:iam::{ACCOUNT}:user/ann")
    assert (report["JobStatus"], report["JobType"]) == ("COMPLETED", "SERVICE_LEVEL")
    used, unused = report["ServicesLastAccessed"]  # EC2 is not here
    assert used["LastAuthenticated"].timestamp() == clock.now()
    del used["LastAuthenticated"]
    assert used == {
        "ServiceName": "AWS Identity and Access Management",
        "ServiceNamespace": "iam",
        "LastAuthenticatedEntity": f"arn:aws:iam::{ACCOUNT}:user/ann",
        "LastAuthenticatedRegion": "us-east-1",
        "TotalAuthenticatedEntities": 1,
    }
    assert unused == {
        "ServiceName": "AWS Security Token Service",
        "ServiceNamespace": "sts",
        "TotalAuthenticatedEntities": 0,
    }


def test_of_a_group_and_a_policy(iam: Any, client: Client, store: Callable[[], None]) -> None:
    made = iam.create_policy(PolicyName="all", PolicyDocument=policy(allow("*")))["Policy"]["Arn"]
    iam.create_group(GroupName="team")
    iam.attach_group_policy(GroupName="team", PolicyArn=made)
    keys = {name: user(client, name) for name in ("ann", "bob")}
    for name in keys:
        iam.add_user_to_group(GroupName="team", UserName=name)
    client("iam", **keys["bob"]).list_users()
    store()
    for arn in (f"arn:aws:iam::{ACCOUNT}:group/team", made):
        report = _report(iam, arn)
        totals = {
            one["ServiceNamespace"]: one["TotalAuthenticatedEntities"]
            for one in report["ServicesLastAccessed"]
        }
        assert totals == {"iam": 1, "sts": 0}
        asked = {"JobId": report["JobId"], "ServiceNamespace": "iam"}
        people = iam.get_service_last_accessed_details_with_entities(**asked)["EntityDetailsList"]
        assert [one["EntityInfo"]["Name"] for one in people] == ["ann", "bob"]
        assert ["LastAuthenticated" in one for one in people] == [False, True]
        assert {one["EntityInfo"]["Type"] for one in people} == {"USER"}
        asked["ServiceNamespace"] = "ec2"
        missing = refusal(lambda asked=asked: iam.get_service_last_accessed_details_with_entities(**asked))
        assert missing[0] == "NoSuchEntity"


def test_a_report_does_not_change(iam: Any, client: Client, store: Callable[[], None]) -> None:
    ann = user(client, "ann", allow("iam:*"))
    before = _report(iam, f"arn:aws:iam::{ACCOUNT}:user/ann")
    client("iam", **ann).list_users()
    store()
    after = iam.get_service_last_accessed_details(JobId=before["JobId"])
    assert after["ServicesLastAccessed"] == before["ServicesLastAccessed"]


def test_what_is_refused(iam: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/nobody"
    assert refusal(lambda: iam.generate_service_last_accessed_details(Arn=arn))[0] == "NoSuchEntity"
    unknown = "00000000-0000-0000-0000-000000000000"
    assert refusal(lambda: iam.get_service_last_accessed_details(JobId=unknown))[0] == "NoSuchEntity"
    by_action = refusal(
        lambda: iam.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")
    )
    assert (by_action[0], "ACTION_LEVEL" in by_action[1]) == ("NotImplemented", True)
    iam.create_instance_profile(InstanceProfileName="p")
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/p"
    assert refusal(lambda: iam.generate_service_last_accessed_details(Arn=profile))[0] == "InvalidInput"


def test_policies_that_allow_a_service(iam: Any, client: Client) -> None:
    user(client, "ann", allow("s3:GetObject"))
    made = iam.create_policy(PolicyName="keys", PolicyDocument=policy(allow(["kms:*", "s3:*"])))["Policy"][
        "Arn"
    ]
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ann")
    iam.attach_group_policy(GroupName="team", PolicyArn=made)
    answer = iam.list_policies_granting_service_access(
        Arn=f"arn:aws:iam::{ACCOUNT}:user/ann", ServiceNamespaces=["s3", "kms", "ec2"]
    )
    inline = {"PolicyName": "p", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "ann"}
    managed = {"PolicyName": "keys", "PolicyType": "MANAGED", "PolicyArn": made}
    found = {one["ServiceNamespace"]: one["Policies"] for one in answer["PoliciesGrantingServiceAccess"]}
    assert found == {"s3": [inline, managed], "kms": [managed], "ec2": []}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow("*"), {"s3", "iam"}),
        (allow("S3:Get*"), {"s3"}),
        (allow(["s3:*", "ec2:*"]), {"s3"}),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, {"iam"}),
        ({"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}, {"s3", "iam"}),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, set()),
    ],
)
def test_services_that_a_statement_allows(statement: dict[str, Any], allowed: set[str]) -> None:
    assert granted.services_of(policy(statement), ["s3", "iam"]) == allowed
