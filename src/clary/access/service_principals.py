"""AWS services as principals: their condition keys, and what they may do without a resource policy.

A service has no identity policy: the policy of the resource decides, if it names the service ("AWS JSON
policy elements: Principal", IAM User Guide). Without one, a service may do what BY_ITSELF lists, in the
account that it acts for. For everything else it assumes a role of the customer.
"""

from __future__ import annotations

from collections.abc import Callable

from clary.kernel import Caller

_SAGEMAKER = "sagemaker.amazonaws.com"
_S3 = "s3.amazonaws.com"
_EVENTS = "events.amazonaws.com"
_EVENTS_GUIDE = "https://docs.aws.amazon.com/eventbridge/latest/userguide"
_SQS_GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide"
_LAMBDA = "lambda.amazonaws.com"
_S3_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
_STATES = "states.amazonaws.com"
_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"
_STATES_LOGS = "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"

# (service principal, action) -> AWS's page that says that the service does this.
BY_ITSELF: dict[tuple[str, str], str] = {
    # On AWS the console writes the resource policy that the page shows, /aws/events/* and all; CloudWatch Logs has none here.
    (_EVENTS, "logs:CreateLogStream"): f"{_EVENTS_GUIDE}/eb-use-resource-based.html",
    (_EVENTS, "logs:PutLogEvents"): f"{_EVENTS_GUIDE}/eb-use-resource-based.html",
    (_SAGEMAKER, "logs:CreateLogGroup"): f"{_GUIDE}/logging-cloudwatch.html",
    (_SAGEMAKER, "logs:CreateLogStream"): f"{_GUIDE}/logging-cloudwatch.html",
    (_SAGEMAKER, "logs:PutLogEvents"): f"{_GUIDE}/logging-cloudwatch.html",
    (_SAGEMAKER, "cloudwatch:PutMetricData"): f"{_GUIDE}/monitoring-cloudwatch.html",
    (_SAGEMAKER, "sagemaker:CreateProcessingJob"): f"{_GUIDE}/model-monitor-scheduling.html",
    (_SAGEMAKER, "sagemaker:CreateTrainingJob"): f"{_GUIDE}/automatic-model-tuning-how-it-works.html",
    (_SAGEMAKER, "sagemaker:StopTrainingJob"): f"{_GUIDE}/automatic-model-tuning-early-stopping.html",
    (_SAGEMAKER, "sagemaker:AddTags"): f"{_GUIDE}/automatic-model-tuning-ex-tuning-job.html",
    (_SAGEMAKER, "sagemaker:CreateModel"): f"{_GUIDE}/sagemaker-mkt-create-model-package.html",
    (_SAGEMAKER, "sagemaker:CreateTransformJob"): f"{_GUIDE}/sagemaker-mkt-create-model-package.html",
    (_S3, "cloudwatch:PutMetricData"): f"{_S3_GUIDE}/metrics-configurations.html",
    ("sqs.amazonaws.com", "cloudwatch:PutMetricData"): f"{_SQS_GUIDE}/sqs-available-cloudwatch-metrics.html",
    (
        _LAMBDA,
        "cloudwatch:PutMetricData",
    ): "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html",
    # The log group of a state machine is written to by AWS's own delivery, not by the role.
    (_STATES, "logs:DescribeLogGroups"): _STATES_LOGS,
    (_STATES, "logs:CreateLogStream"): _STATES_LOGS,
    (_STATES, "logs:PutLogEvents"): _STATES_LOGS,
    # Reports are written with the ACL bucket-owner-full-control, and the policy that AWS shows allows s3:PutObject alone.
    (_S3, "s3:PutObjectAcl"): f"{_S3_GUIDE}/configure-inventory.html",
}

# Condition keys (lower case) that only requests of service principals have, and how to get them from a caller
# ("AWS global condition context keys", IAM User Guide).
SERVICE_KEYS: dict[str, Callable[[Caller], str | None]] = {
    "aws:sourcearn": lambda caller: caller.source_arn or None,
    "aws:sourceaccount": lambda caller: caller.account if caller.service else None,
    "aws:principalservicename": lambda caller: caller.service or None,
    "aws:principalservicenameslist": lambda caller: caller.service or None,
}


def acts_by_itself(caller: Caller, action: str, owner: str) -> bool:
    """Return whether a service may do this to a resource of account `owner` whose policy does not name it."""
    return owner == caller.account and (caller.service, action) in BY_ITSELF


def keys_of(caller: Caller) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that a trust policy sees when a service assumes a role."""
    found = {name: tell(caller) for name, tell in SERVICE_KEYS.items()}
    return {name: (value,) for name, value in found.items() if value} | {
        "aws:principalisawsservice": ("true" if caller.service else "false",)
    }
