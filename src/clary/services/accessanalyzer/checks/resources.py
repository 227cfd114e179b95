"""Resources: the form of ARNs, and lists that say things twice.

What each service's ARNs look like is in its Service Authorization Reference, of which only two rules are known here: that
of IAM, which has no regions, and that of S3's buckets and objects, which have neither region nor account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clary.services.accessanalyzer.checks.actions import covered
from clary.services.accessanalyzer.checks.policy import Policy, element
from clary.services.accessanalyzer.findings import Finding
from clary.services.accessanalyzer.json_tree import Node

_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
_FIELDS = 6
_ACCOUNT = re.compile(r"\d{12}|aws|cloudfront")
_OPEN = re.compile(r"[*?$]")  # a pattern or a variable, of which nothing can be said
_OF_NAMESPACE = re.compile(r"accesspoint|storage-lens|job|access-grants|async-request")


def check(policy: Policy) -> Iterator[Finding]:
    """Yield what is wrong with the resources of a policy."""
    for statement in policy.statements:
        resources, _ = element(statement, "Resource")
        if resources is None:
            continue
        for one in resources.strings():
            yield from _resource(one)
        if found := covered(resources.strings()):
            yield Finding("REDUNDANT_RESOURCE", *found, count=len(found))


def _resource(node: Node) -> Iterator[Finding]:
    text: str = node.value
    if text == "*" or text.startswith("${"):
        return
    parts = text.split(":", _FIELDS - 1)
    if parts[0] not in ("arn", "*"):
        yield Finding("INVALID_ARN_PREFIX", node)
    elif len(parts) < _FIELDS:
        if not _OPEN.search(parts[-1]):
            yield Finding("MISSING_ARN_FIELD", node, count=_FIELDS)
    else:
        yield from _fields(node, *parts[1:])


def _fields(
    node: Node, partition: str, service: str, region: str, account: str, resource: str
) -> Iterator[Finding]:
    if any(letter in service for letter in "*?") and service != "*":
        yield Finding("WILDCARD_IN_SERVICE_NAME", node)
    if service != service.lower():
        yield Finding("INVALID_ARN_SERVICE_CASE", node, service=service)
    if not _OPEN.search(partition) and partition not in _PARTITIONS:
        known = f"[{', '.join(_PARTITIONS)}]"
        yield Finding("INVALID_PARTITION", node, service=service, partition=partition, partitions=known)
    bucket = service == "s3" and not _OF_NAMESPACE.match(resource)
    if region not in ("", "*") and (service == "iam" or bucket):
        yield Finding("ARN_REGION_NOT_ALLOWED", node, service=service)
    if account not in ("", "*") and bucket:
        yield Finding("ARN_ACCOUNT_NOT_ALLOWED", node, service=service)
    elif account and not _OPEN.search(account) and not _ACCOUNT.fullmatch(account):
        yield Finding("INVALID_ARN_ACCOUNT", node, account=account)
