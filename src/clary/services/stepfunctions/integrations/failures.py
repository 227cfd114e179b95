"""How a refused call is called in a state machine: `S3.NoSuchBucketException`, with AWS's sentence as the cause."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane.port import Plane
from clary.services.stepfunctions.integrations.targets import Target

# What the clients of the older SDK call a service, in the causes of optimised integrations.
_CLIENTS = {
    "dynamodb": "AmazonDynamoDBv2",
    "events": "AmazonEventBridge",
    "lambda": "AWSLambda",
    "sagemaker": "AmazonSageMaker",
    "sns": "AmazonSNS",
    "sqs": "AmazonSQS",
    "stepfunctions": "AWSStepFunctions",
}
_PREFIXES = {
    "dynamodb": "DynamoDB",
    "events": "EventBridge",
    "stepfunctions": "StepFunctions",
    "sns": "SNS",
    "sqs": "SQS",
}


def failure_of(platform: Plane, target: Target, error: AwsError) -> tuple[str, str]:
    """Return the name of an error and its cause."""
    request = platform.ids.uuid()
    words = target.words if target.is_sdk else _PREFIXES.get(target.service, target.words)
    if target.is_sdk:
        cause = (
            f"{error.message} (Service: {target.words}, Status Code: {error.status}, Request ID: {request})"
        )
    else:
        client = _CLIENTS.get(target.service, target.words)
        cause = (
            f"{error.message} (Service: {client}; Status Code: {error.status}; Error Code: {error.code}; "
            f"Request ID: {request}; Proxy: null)"
        )
    return f"{words}.{_name(platform, target, error)}", cause


def _name(platform: Plane, target: Target, error: AwsError) -> str:
    """Return the name of the exception of AWS's SDK: that of the code if the operation's model has it, or else the
    service's own. Codes without a model that AWS's pages name are `…Exception` too."""
    if error.code.endswith("Exception") and not target.is_sdk:
        return error.code
    shapes = platform.services[target.service].model.description["shapes"]
    code = error.code.rpartition(".")[2]
    modelled = any(
        "exception" in shape and (name == code or shape.get("error", {}).get("code") == code)
        for name, shape in shapes.items()
    )
    if modelled:
        return code if code.endswith("Exception") else f"{code}Exception"
    return f"{target.words}Exception" if target.is_sdk else f"Amazon{target.words}Exception"
