"""Service-linked roles of the services that are here, against what AWS was recorded to answer (../shared/recorded/iam)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.principals import Client
from tests.support.refusals import error_of


@pytest.fixture
def recorded(shared: Path) -> dict[str, Any]:
    found = json.loads((shared / "recorded/iam/test_iam.json").read_text())
    return {name: entry["answers"] for name, entry in found.items() if "ServiceRoles" in name}


def test_a_role_is_as_it_was_recorded(client: Client, recorded: dict[str, Any]) -> None:
    service = "mrk.kms.amazonaws.com"
    answers = next(found for name, found in recorded.items() if name.endswith(f"lifecycle[{service}]"))
    iam = client("iam")
    name = iam.create_service_linked_role(AWSServiceName=service)["Role"]["RoleName"]
    shown = iam.get_role(RoleName=name)["Role"]
    expected = answers["describe-response"]["Role"]
    assert shown["Arn"].split(":role")[1] == expected["Arn"].split(":role")[1]
    for member in ("AssumeRolePolicyDocument", "MaxSessionDuration", "Path", "RoleLastUsed", "RoleName"):
        assert shown[member] == expected[member]
    assert shown.keys() == expected.keys()
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    (wanted,) = answers["attached-role-policies"]["AttachedPolicies"]
    assert attached["PolicyName"] == wanted["PolicyName"]
    assert attached["PolicyArn"].split(":policy")[1] == wanted["PolicyArn"].split(":policy")[1]
    assert iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["Path"] == "/aws-service-role/"
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []


def test_suffixes_are_refused_as_recorded(client: Client, recorded: dict[str, Any]) -> None:
    found = [name for name in recorded if "not_allowed" in name]
    assert len(found) > 30
    create = client("iam").create_service_linked_role
    for name in found:
        service = re.findall(r"\[(.+)\]", name)[0]
        wanted = recorded[name]["custom-suffix-not-allowed"]
        said = error_of(lambda service=service: create(AWSServiceName=service, CustomSuffix="x"))
        error = wanted["Error"]
        assert said == (error["Code"], error["Message"], wanted["ResponseMetadata"]["HTTPStatusCode"])
