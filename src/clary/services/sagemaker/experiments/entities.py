"""What experiments, trials and trial components have in common: errors, display names, who made them."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Document, Errors, Record, revise

# AWS names nobody for a caller that is not a user of Studio: IamIdentity is for model packages, projects and hubs alone
# (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserContext.html).
NOBODY: dict[str, dict[str, Any]] = {"CreatedBy": {}, "LastModifiedBy": {}}


def errors(noun: str) -> Errors:
    """Return the errors of a noun. The SDKs look for ResourceNotFound, and for ValidationException with "already exists"
    (sagemaker/experiments/experiment.py)."""
    return Errors(
        missing_code="ResourceNotFound",
        missing=f"{noun} '{{arn}}' does not exist.",
        taken=f"{noun} names must be unique within an AWS account and region. {noun} with name ({{id}}) already exists.",
    )


def linked(record: Record, noun: str, to: str) -> AwsError:
    """Return AWS's error for the deletion of what others belong to or what belongs to others
    (https://github.com/aws/sagemaker-python-sdk/pull/1515)."""
    return validation(f"{noun} '{record.arn}' is linked to 1 or more {to} and cannot be deleted.")


def named(params: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the member that every entity shows: its display name, which is its name unless something else was said."""
    return {"DisplayName": params.get("DisplayName", params[name])}


def renamed(ctx: Context, record: Record, given: dict[str, Any]) -> Record:
    """Return an entity as Update changes it; an empty text takes a member away."""
    return revise(record, spec={name: value or None for name, value in given.items()})


def stamped(name: str) -> Any:
    """Return the hook `stamp` of an entity whose name is this member."""

    def stamp(ctx: Context, params: dict[str, Any]) -> Document:
        return Document(named(params, name), NOBODY)

    return stamp
