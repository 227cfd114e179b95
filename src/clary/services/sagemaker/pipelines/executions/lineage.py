"""Lineage steps: actions, artifacts and contexts, and then the associations between them or with what is there already.

Other than those of models and endpoints, names are those of the definition (test_lineage_step.py in the integration tests of
the SDK). What has the name already, or of artifacts the source, is taken as it is: "SageMaker AI reuses any existing entities
rather than creating new ones" (https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking-entities.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.executions import jobs
from clary.services.sagemaker.pipelines.executions.attempt import Attempt

_KINDS = ("Action", "Artifact", "Context")
Arns = dict[str, dict[str, str]]  # by kind and by the name in the definition


class Refused(Exception):
    """A call was refused."""

    def __init__(self, operation: str, error: AwsError) -> None:
        super().__init__(operation)
        self.operation, self.error = operation, error


def move(attempt: Attempt) -> Decision:
    """Create all that the step asks for, where it is not there."""
    try:
        request = attempt.resolved(attempt.step.arguments)
        arns: Arns = {kind: _create_all(attempt, kind, request.get(f"{kind}s", [])) for kind in _KINDS}
        associations = [_associate(attempt, arns, one) for one in request.get("Associations", [])]
    except AwsError as error:
        return attempt.refused(error)
    except Refused as refused:
        return jobs.refused(attempt, refused.operation, refused.error)
    shown: dict[str, Any] = {f"{kind}Arns": found for kind, found in arns.items() if found}
    return attempt.succeeded(
        {"Lineage": {**shown, **({"Associations": associations} if associations else {})}}
    )


def _create_all(attempt: Attempt, kind: str, requests: list[dict[str, Any]]) -> dict[str, str]:
    return {request[f"{kind}Name"]: _create(attempt, kind, request) for request in requests}


def _create(attempt: Attempt, kind: str, request: Mapping[str, Any]) -> str:
    try:
        return attempt.create(f"Create{kind}", request)[f"{kind}Arn"]
    except AwsError as error:
        try:
            return _there(attempt, kind, request)
        except (AwsError, LookupError):
            raise Refused(f"Create{kind}", error) from error


def _there(attempt: Attempt, kind: str, request: Mapping[str, Any]) -> str:
    """Return the ARN of the action or context of this name, or of the artifact that this source has."""
    if kind != "Artifact":
        name = f"{kind}Name"
        return attempt.call(f"Describe{kind}", {name: request[name]})[f"{kind}Arn"]
    asked = {"SourceUri": request["Source"]["SourceUri"], "ArtifactType": request["ArtifactType"]}
    return attempt.call("ListArtifacts", asked)["ArtifactSummaries"][0]["ArtifactArn"]


def _associate(attempt: Attempt, arns: Arns, association: Mapping[str, Any]) -> dict[str, str]:
    ends = {
        "SourceArn": _end(arns, association["Source"]),
        "DestinationArn": _end(arns, association["Destination"]),
    }
    kind = association.get("AssociationType")
    try:
        attempt.call("AddAssociation", {**ends, **({"AssociationType": kind} if kind else {})})
    except AwsError as error:
        if "already exists" not in error.message:
            raise Refused("AddAssociation", error) from error
    return ends


def _end(arns: Arns, reference: Mapping[str, str]) -> str:
    """Return the ARN that one end of an association names. Raise ValidationException for a name that the step does not
    create."""
    if "Arn" in reference:
        return reference["Arn"]
    found = arns.get(reference["Type"], {}).get(reference["Name"])
    if found is None:
        raise validation(f"The step creates no {reference['Type']} {reference['Name']}.")
    return found
