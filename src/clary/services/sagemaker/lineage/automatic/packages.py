"""The lineage of the model registry: a context for each group, an artifact for each version, an action for each approval."""

from __future__ import annotations

from clary.plane import Change, Record
from clary.services.sagemaker.lineage.automatic import containers
from clary.services.sagemaker.lineage.automatic.recorder import Entity, Recorder

_EXECUTION = "sagemaker:pipeline-execution-arn"  # the tag of what an execution creates


def record_group(to: Recorder, group: Record, change: Change) -> None:
    """Write the context of a group."""
    _context(to, group)


def _context(to: Recorder, group: Record) -> Entity:
    """Return the context of a group, which says the execution of a pipeline that made the group: SDK v2 reads it there
    (ModelPackageGroup.pipeline_execution_arn in sagemaker/lineage/context.py)."""
    execution = to.tags(group.arn).get(_EXECUTION)
    properties = {"PipelineExecutionArn": execution} if execution else {}
    name = f"{group.id}-{int(group.created)}-aws-model-group"
    return to.context(name, "ModelGroup", group.arn, properties)


def record_package(to: Recorder, package: Record, change: Change) -> None:
    """Write the artifact of a package with what it is made of, and an action for the change of its approval status.

    The creation of a version is its first such change, usually to PendingManualApproval. A package without a group has
    no approval.
    """
    made = to.artifact(package.arn, "Model")
    for one in package.spec.get("InferenceSpecification", {}).get("Containers", []):
        for uri, type in containers.images_and_data(one):
            to.associate(to.artifact(uri, type), made, "ContributedTo")
    group = to.find("ModelPackageGroup", package.spec.get("ModelPackageGroupName", ""))
    if group:
        to.associate(made, _context(to, group), "AssociatedWith")
    if status := change.view["new"]["members"].get("ModelApprovalStatus"):
        name = _approval_name(package, status, change.at)
        approval = to.action(name, "Approval", package.arn, "Completed", {"ModelApprovalStatus": status})
        to.associate(approval, made, "ContributedTo")


def _approval_name(package: Record, status: str, at: float) -> str:
    """Return the name of the action by which a version got its approval status at a time (epoch seconds)."""
    group, _, version = package.id.rpartition("/")
    return f"{group}-{version}-{status}-{int(at)}-aws-model-group"
