"""The services of this platform, by the names that AWS's reports have (Service Authorization Reference)."""

from __future__ import annotations

from clary.plane import Context

# By service: the prefix of its actions, and its name. Services that are not here are asked for their own.
_KNOWN = {
    "accessanalyzer": ("access-analyzer", "AWS IAM Access Analyzer"),
    "cloudwatch": ("cloudwatch", "Amazon CloudWatch"),
    "ecr": ("ecr", "Amazon Elastic Container Registry"),
    "iam": ("iam", "AWS Identity and Access Management"),
    "kms": ("kms", "AWS Key Management Service"),
    "logs": ("logs", "Amazon CloudWatch Logs"),
    "s3": ("s3", "Amazon S3"),
    "s3control": ("s3", "Amazon S3"),
    "sagemaker": ("sagemaker", "Amazon SageMaker"),
    "secretsmanager": ("secretsmanager", "AWS Secrets Manager"),
    "ssm": ("ssm", "AWS Systems Manager"),
    "sts": ("sts", "AWS Security Token Service"),
}
# Services whose requests are signed with another name than their actions have.
_SIGNED_AS = {"cloudwatch": "monitoring"}


def known(ctx: Context) -> dict[str, str]:
    """Return the name of each service of the platform by the prefix of its actions."""
    found: dict[str, str] = {}
    for service in ctx.platform.services:
        prefix, name = _KNOWN.get(service) or _said_by(ctx, service)
        found.setdefault(prefix, name)
    return found


def signing_name(prefix: str) -> str:
    """Return the name with which requests to a service are signed."""
    return _SIGNED_AS.get(prefix, prefix)


def _said_by(ctx: Context, service: str) -> tuple[str, str]:
    found = ctx.platform.services[service]
    return found.action_prefix, found.model.description["metadata"]["serviceFullName"]
