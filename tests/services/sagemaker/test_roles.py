"""The role of a job: what a caller may pass, and what SageMaker may assume."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel.errors import unavailable
from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.support.sagemaker_requests import training_request


def test_a_role_the_service_may_not_assume_is_refused(sm: Any, client: Any) -> None:
    iam = client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    arn = iam.create_role(RoleName="Other", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    with pytest.raises(ClientError, match="Could not assume role"):
        sm.create_training_job(**training_request(arn))
    with pytest.raises(ClientError, match="Could not assume role"):
        sm.create_training_job(**training_request(arn.replace("Other", "Nobody")))


def test_no_account_passes_another_accounts_role(platform: Platform, client: Any, role: str) -> None:
    # The IAM User Guide ("Grant a user permissions to pass a role"): a role is passed within its own account only.
    with platform.store.write() as tx:
        ensure_account(tx, "444455556666", "AKIAOTHEROTHEROTHER0", "s" * 40)
    other = client("sagemaker", key="AKIAOTHEROTHEROTHER0", secret="s" * 40)
    with pytest.raises(ClientError, match="Cross-account pass role is not allowed") as refused:
        other.create_training_job(**training_request(role))
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize(("source", "taken"), [("training-job/*", True), ("processing-job/*", False)])
def test_a_trust_policy_may_name_what_it_trusts_sagemaker_for(
    sm: Any, client: Any, stored: Any, source: str, taken: bool
) -> None:
    # SageMaker Developer Guide, "Cross-Service Confused Deputy Prevention": aws:SourceArn and aws:SourceAccount.
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": f"arn:aws:sagemaker:*:111122223333:{source}"},
        },
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = client("iam")
    arn = iam.create_role(RoleName="Other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="Other", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    if taken:
        assert sm.create_training_job(**training_request(arn))["TrainingJobArn"]
    else:
        with pytest.raises(ClientError, match="Could not assume role"):
            sm.create_training_job(**training_request(arn))


def test_a_failure_of_the_platform_is_not_said_to_be_the_roles(
    platform: Platform, sm: Any, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_order(*_: Any, **__: Any) -> Any:
        raise unavailable("IAM cannot answer now.")

    monkeypatch.setattr(platform.extras["directory"], "acting", out_of_order)
    with pytest.raises(ClientError, match="IAM cannot answer now") as refused:
        sm.create_training_job(**training_request(role))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
