"""Ids of policy versions. Oracle: API reference (PolicyVersion: the id begins with v and a number)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.principals import allow, policy
from tests.support.refusals import error_of


@pytest.mark.parametrize("id", ["v2", "v1.a", "v" + "9" * 30])
def test_a_version_that_there_is_not(client: Callable[..., Any], id: str) -> None:
    """A number that no store can hold, and a form that the model lets through, are no failure of the service."""
    iam = client("iam")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=policy(allow("*")))["Policy"]["Arn"]
    for call in (iam.get_policy_version, iam.set_default_policy_version, iam.delete_policy_version):
        assert error_of(lambda call=call: call(PolicyArn=arn, VersionId=id))[::2] == ("NoSuchEntity", 404)
