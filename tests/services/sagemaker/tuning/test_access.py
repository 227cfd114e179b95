"""Policies that look into a tuning job's definitions (Service Authorization Reference, condition keys of
CreateHyperParameterTuningJob)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.tuning.lab import tuning_request


def user(client: Callable[..., Any], **denied: Any) -> Any:
    """SageMaker's client of a user who may do everything but what has these conditions."""
    everything = {"Effect": "Allow", "Action": ["sagemaker:*", "iam:PassRole"], "Resource": "*"}
    never = {"Effect": "Deny", "Action": "sagemaker:*", "Resource": "*", "Condition": denied}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything, never]})
    iam = client("iam")
    iam.create_user(UserName="u")
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="u")["AccessKey"]
    return client("sagemaker", key=key["AccessKeyId"], secret=key["SecretAccessKey"])


LARGE = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5}


@pytest.mark.parametrize(
    "instances",
    [
        {"ResourceConfig": LARGE},
        {"HyperParameterTuningResourceConfig": LARGE},
        {"HyperParameterTuningResourceConfig": {"InstanceConfigs": [LARGE]}},
    ],
)
def test_instances_that_a_user_may_not_take(client: Callable[..., Any], role: str, instances: Any) -> None:
    sm = user(client, **{"ForAnyValue:StringLike": {"sagemaker:InstanceTypes": "ml.p*"}})
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, "small"))
    request = tuning_request(role, "large")
    del request["TrainingJobDefinition"]["ResourceConfig"]
    request["TrainingJobDefinition"] |= instances
    with pytest.raises(ClientError, match="AccessDenied"):
        sm.create_hyper_parameter_tuning_job(**request)


def test_isolation_that_a_user_may_not_leave_out(client: Callable[..., Any], role: str) -> None:
    sm = user(client, Bool={"sagemaker:NetworkIsolation": "false"})
    isolated = tuning_request(role, "isolated", definition={"EnableNetworkIsolation": True})
    sm.create_hyper_parameter_tuning_job(**isolated)
    opened = tuning_request(role, "opened", definition={"EnableNetworkIsolation": False})
    with pytest.raises(ClientError, match="AccessDenied"):
        sm.create_hyper_parameter_tuning_job(**opened)


def test_a_role_that_a_user_may_not_pass(client: Callable[..., Any], role: str) -> None:
    iam = client("iam")
    iam.create_user(UserName="u")
    allowed = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
    iam.put_user_policy(
        UserName="u",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    key = iam.create_access_key(UserName="u")["AccessKey"]
    sm = client("sagemaker", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    with pytest.raises(ClientError, match="iam:PassRole"):
        sm.create_hyper_parameter_tuning_job(**tuning_request(role))
