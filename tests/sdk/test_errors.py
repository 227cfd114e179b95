"""Codes and statuses of what is missing, taken or in use, as boto3 shows them.

Sources: the errors that the API references list for each operation, and AWS's sentences where a client compares them.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk import jobs
from tests.sdk.jobs import POLICY, TRUST
from tests.support.refusals import refused

pytestmark = pytest.mark.sdk

MISSING = [
    ("sagemaker", "describe_training_job", {"TrainingJobName": "x"}, "ValidationException", 400, "Requested"),
    ("sagemaker", "stop_training_job", {"TrainingJobName": "x"}, "ValidationException", 400, "Requested"),
    ("sagemaker", "describe_processing_job", {"ProcessingJobName": "x"}, "ValidationException", 400, "Could"),
    ("sagemaker", "stop_processing_job", {"ProcessingJobName": "x"}, "ValidationException", 400, "Could"),
    ("sagemaker", "describe_transform_job", {"TransformJobName": "x"}, "ValidationException", 400, "Could"),
    ("sagemaker", "describe_model", {"ModelName": "x"}, "ValidationException", 400, "Could not find model"),
    ("sagemaker", "delete_model", {"ModelName": "x"}, "ValidationException", 400, "Could not find model"),
    ("sagemaker", "describe_endpoint", {"EndpointName": "x"}, "ValidationException", 400, "Could not find e"),
    ("sagemaker", "delete_endpoint", {"EndpointName": "x"}, "ValidationException", 400, "Could not find e"),
    ("sagemaker", "delete_endpoint_config", {"EndpointConfigName": "x"}, "ValidationException", 400, "Could"),
    (
        "sagemaker",
        "describe_monitoring_schedule",
        {"MonitoringScheduleName": "x"},
        "ResourceNotFound",
        400,
        "",
    ),
    (
        "sagemaker-runtime",
        "invoke_endpoint",
        {"EndpointName": "x", "Body": b""},
        "ValidationError",
        400,
        "En",
    ),
    (
        "s3",
        "get_object",
        {"Bucket": "nobody-has-it", "Key": "k"},
        "NoSuchBucket",
        404,
        "The specified bucket",
    ),
    ("s3", "head_bucket", {"Bucket": "nobody-has-it"}, "404", 404, "Not Found"),
    ("s3", "delete_bucket", {"Bucket": "nobody-has-it"}, "NoSuchBucket", 404, "The specified bucket"),
    ("iam", "get_role", {"RoleName": "x"}, "NoSuchEntity", 404, "The role with name x cannot be found."),
    ("iam", "get_user", {"UserName": "x"}, "NoSuchEntity", 404, "The user with name x cannot be found."),
    (
        "logs",
        "describe_log_streams",
        {"logGroupName": "x"},
        "ResourceNotFoundException",
        400,
        "The specified",
    ),
    ("logs", "delete_log_group", {"logGroupName": "x"}, "ResourceNotFoundException", 400, "The specified"),
]


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "status", "begins"),
    MISSING,
    ids=[f"{row[0]}-{row[1]}" for row in MISSING],
)
def test_what_is_missing(
    make: Any, service: str, operation: str, params: dict[str, Any], code: str, status: int, begins: str
) -> None:
    found = refused(getattr(make(service), operation), **params)
    assert found[:2] == (code, status)
    assert found[2].startswith(begins)


def test_a_name_that_is_taken(make: Any, role: str, bucket: str, name: str) -> None:
    sm, iam, logs = make("sagemaker"), make("iam"), make("logs")
    request = jobs.training(role, name, "pass", bucket)
    sm.create_training_job(**request)
    code, status, message = refused(sm.create_training_job, **request)
    assert (code, status) == ("ResourceInUse", 400)
    assert "already exists" in message
    model = {"ModelName": name, "PrimaryContainer": {"Image": jobs.SKLEARN}, "ExecutionRoleArn": role}
    sm.create_model(**model)
    code, _, message = refused(sm.create_model, **model)
    assert code == "ValidationException"
    assert message.startswith("Cannot create already existing model")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    again = refused(iam.create_role, RoleName=name, AssumeRolePolicyDocument=TRUST)
    assert again[:2] == ("EntityAlreadyExists", 409)
    logs.create_log_group(logGroupName=name)
    again = refused(logs.create_log_group, logGroupName=name)
    assert again[:2] == ("ResourceAlreadyExistsException", 400)


def test_what_is_in_use(make: Any, bucket: str, name: str) -> None:
    iam, s3 = make("iam"), make("s3")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    assert refused(iam.delete_role, RoleName=name)[:2] == ("DeleteConflict", 409)
    s3.put_object(Bucket=bucket, Key="k")
    assert refused(s3.delete_bucket, Bucket=bucket)[:2] == ("BucketNotEmpty", 409)


def test_a_role_holds_as_many_policies_as_the_account_summary_says(make: Any, name: str) -> None:
    iam = make("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    quota = iam.get_account_summary()["SummaryMap"]["AttachedPoliciesPerRoleQuota"]
    for index in range(quota + 1):
        policy = iam.create_policy(PolicyName=f"{name}-{index}", PolicyDocument=POLICY)["Policy"]
        if index < quota:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    refusal = refused(iam.attach_role_policy, RoleName=name, PolicyArn=policy["Arn"])
    assert refusal == ("LimitExceeded", 409, f"Cannot exceed quota for PoliciesPerRole: {quota}")


def test_an_image_that_nobody_pushed(make: Any, role: str, bucket: str, name: str) -> None:
    """The sentence that AWS's users report (aws/amazon-sagemaker-examples#2534)."""
    sm = make("sagemaker")
    request = jobs.training(role, name, "pass", bucket)
    request["AlgorithmSpecification"]["TrainingImage"] = "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"
    code, status, message = refused(sm.create_training_job, **request)
    assert (code, status) == ("ValidationException", 400)
    assert message.startswith("Cannot find repository: mine in registry ID: 111122223333 ")


def test_an_image_of_another_registry_names_those_that_would_do(
    make: Any, role: str, bucket: str, name: str
) -> None:
    sm = make("sagemaker")
    request = jobs.training(role, name, "pass", bucket)
    request["AlgorithmSpecification"]["TrainingImage"] = "registry.example.com/mine:1"
    code, status, message = refused(sm.create_training_job, **request)
    assert (code, status) == ("ValidationException", 400)
    assert message.startswith("Requested image registry.example.com/mine:1 not found.")
    assert "sagemaker-scikit-learn" in message


@pytest.mark.parametrize(
    "image", ["python:3.11-slim", "public.ecr.aws/docker/library/python:3.12", "sagemaker-base-python-v4"]
)
def test_a_plain_python_image_runs_what_it_is_given(
    make: Any, role: str, bucket: str, name: str, image: str
) -> None:
    sm = make("sagemaker")
    request = jobs.training(role, name, "open('/opt/ml/model/m', 'w').write('1')", bucket)
    request["AlgorithmSpecification"]["TrainingImage"] = image
    sm.create_training_job(**request)
    waiter = sm.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
