"""Secrets Manager rotates a secret by a function (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html):
the function is written as AWS's own templates are, and speaks to the platform in the protocol."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import Functions
from tests.support.waiting import until

_CODE = """
import botocore.session
def handler(event, context):
    sm = botocore.session.get_session().create_client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    print("step", step)
    held = sm.describe_secret(SecretId=arn)["VersionIdsToStages"]
    if "AWSPENDING" not in held[token]:
        if "AWSCURRENT" in held[token]: return
        raise ValueError("no version to rotate to")
    if step == "createSecret":
        try:
            sm.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except sm.exceptions.ResourceNotFoundException:
            sm.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"])
    if step == "finishSecret":
        before = next(one for one, labels in held.items() if "AWSCURRENT" in labels)
        sm.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=before
        )
"""


def _secret(functions: Functions) -> Any:
    return functions.live.client("secretsmanager").create_secret(
        Name=f"s{next(functions.names)}", SecretString="old"
    )


def _rotator(functions: Functions) -> str:
    return functions.client.get_function_configuration(
        FunctionName=functions.create(_CODE, Timeout=20, MemorySize=256)
    )["FunctionArn"]


def test_a_function_rotates_a_secret(functions: Functions) -> None:
    sm, made, function = functions.live.client("secretsmanager"), _secret(functions), _rotator(functions)
    name, token = {"SecretId": made["ARN"]}, str(uuid.uuid4())
    asked = {
        "RotationLambdaARN": function,
        "RotationRules": {"AutomaticallyAfterDays": 30},
        "ClientRequestToken": token,
    }
    with pytest.raises(ClientError, match=r"Secrets Manager cannot invoke the specified Lambda function\."):
        sm.rotate_secret(**name, **asked)
    assert "RotationEnabled" not in sm.describe_secret(**name)
    functions.client.add_permission(
        FunctionName=function,
        StatementId="rotate",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceArn=made["ARN"],
    )
    assert sm.rotate_secret(**name, **asked)["VersionId"] == token
    until(lambda: sm.get_secret_value(**name)["SecretString"] == "new")
    until(lambda: "LastRotatedDate" in sm.describe_secret(**name))
    shown = sm.describe_secret(**name)
    assert (shown["RotationEnabled"], shown["RotationLambdaARN"]) == (True, function)
    assert "AWSCURRENT" in shown["VersionIdsToStages"][token]
    assert shown["VersionIdsToStages"][made["VersionId"]] == ["AWSPREVIOUS"]
    days = (shown["NextRotationDate"] - shown["LastRotatedDate"]).total_seconds() / 86_400
    assert days == pytest.approx(30, abs=1)
    sm.cancel_rotate_secret(**name)
    assert sm.describe_secret(**name)["RotationEnabled"] is False


def test_a_rotation_without_a_function(functions: Functions) -> None:
    sm, made = functions.live.client("secretsmanager"), _secret(functions)
    with pytest.raises(ClientError, match="No Lambda rotation function ARN is associated with this secret"):
        sm.rotate_secret(SecretId=made["ARN"])
    with pytest.raises(ClientError, match="doesn't already have a Lambda function ARN configured"):
        sm.cancel_rotate_secret(SecretId=made["ARN"])
