"""Model packages, the versions of a group: register, approve, list, and what a model made of one is served
with."""

from __future__ import annotations

from typing import Any

from clary.kernel import Arn
from clary.kernel.errors import not_implemented
from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Record, World, revise
from clary.plane.nouns import tags
from clary.plane.nouns.lists import Listing
from clary.services.sagemaker import images, requests
from clary.services.sagemaker.registry import accepts
from clary.services.sagemaker.registry.groups import group
from clary.services.sagemaker.service import sagemaker


def _update_version(ctx: Context, record: Record, given: dict[str, Any]) -> Record:
    """Replace the members that can be changed; add to and remove from the lists."""
    _check_images(given)
    spec = {name: given[name] for name in _CHANGEABLE if name in given}
    kept = {
        **record.spec.get("CustomerMetadataProperties", {}),
        **given.get("CustomerMetadataProperties", {}),
    }
    for name in given.get("CustomerMetadataPropertiesToRemove", []):
        kept.pop(name, None)
    more = given.get("AdditionalInferenceSpecificationsToAdd", [])
    added = [*record.spec.get("AdditionalInferenceSpecifications", []), *more]
    return revise(
        record,
        spec=spec
        | ({"CustomerMetadataProperties": kept} if kept else {})
        | ({"AdditionalInferenceSpecifications": added} if more else {}),
    )


def _check_images(params: dict[str, Any]) -> None:
    """Raise ValidationException for a container without Image. AWS's model calls it optional, for packages
    made of a base model, which are not offered."""
    for place, container in enumerate(
        params.get("InferenceSpecification", {}).get("Containers", []), start=1
    ):
        requests.present(container, "Image", f"inferenceSpecification.containers.{place}.member.")
        images.resolve(container["Image"])


# The members that UpdateModelPackage replaces.
_CHANGEABLE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "SourceUri",
    "InferenceSpecification",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)

# Versions are records of their own. Their id is `group/version`, as at the end of the ARN.
VERSION = sagemaker.noun(
    Noun(
        "ModelPackage",
        arn="model-package/{ModelPackageName}",
        key=Key("ModelPackageName", or_arn=True),
        accepts=accepts.MODEL_PACKAGE,
        errors=Errors(missing="ModelPackage {arn} does not exist."),
        hooks=Hooks(
            update=_update_version,
            view=lambda record: {
                "ModelPackageName": record.spec["ModelPackageGroupName"],
                "ModelPackageStatus": record.status,
            },
        ),
    )
)


@sagemaker.operation(
    on="model-package/{ModelPackageGroupName}",
    also=(sagemaker.tagging("Tags"),),
    accepts=accepts.MODEL_PACKAGE["create"],
)
def create_model_package(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Register the next version of a group. SDKs send the same ClientToken with every retry of a call."""
    if "ModelPackageGroupName" not in params:
        raise not_implemented("sagemaker", "CreateModelPackage without a ModelPackageGroupName")
    given = tags.of_request(VERSION.spelling.tags, params)
    token = params.get("ClientToken")
    if token and (before := ctx.tx.once(ctx.scope, ctx.op.name, token)) is not None:
        return before
    owner = group.meant(ctx, params["ModelPackageGroupName"])
    _check_images(params)
    number = int(owner.private.get("versions", 0)) + 1
    ctx.tx.update(revise(owner, private={"versions": number}))
    record = ctx.tx.insert(_version(ctx, owner.id, number, params))
    ctx.tx.tag(record.arn, given)
    answer = {"ModelPackageArn": record.arn}
    if token:
        ctx.tx.remember(ctx.scope, ctx.op.name, token, answer)
    return answer


def _version(ctx: Context, group_name: str, number: int, params: dict[str, Any]) -> Record:
    spec = {
        name: value for name, value in params.items() if name not in ("ClientToken", "Tags") and value != {}
    }
    spec |= {
        "ModelPackageGroupName": group_name,
        "ModelApprovalStatus": params.get("ModelApprovalStatus", "PendingManualApproval"),
    }
    status = {
        "ModelPackageVersion": number,
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
    }
    id = f"{group_name}/{number}"
    return Record(
        kind=VERSION.kind,
        scope=ctx.scope,
        id=id,
        arn=VERSION.arn_of(ctx, id),
        status="Completed",
        doc=Document(status=status).over(spec),
        created=ctx.now,
        modified=ctx.now,
    )


_LISTED = Listing(VERSION, sagemaker.model.operations["ListModelPackages"])


@sagemaker.operation(lane="heavy_read")
def list_model_packages(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """List versions. Without a group AWS lists unversioned packages by default; there are none here."""
    plain = {name: value for name, value in params.items() if name != "ModelPackageType"}
    grouped = "ModelPackageGroupName" in plain
    if params.get("ModelPackageType", "Versioned" if grouped else "Unversioned") == "Unversioned":
        return {"ModelPackageSummaryList": []}
    if grouped:
        name = plain["ModelPackageGroupName"]
        plain["ModelPackageGroupName"] = group.id_in(ctx, name) or name
    return _LISTED(ctx, plain)


def containers_of(model: Record, world: World) -> list[dict[str, Any]]:
    """Return the containers of the package that a model was made of; none if it was made of an image.
    Models of an earlier version do not keep them."""
    if "package" in model.private:
        return model.private["package"]
    name = model.spec["PrimaryContainer"].get("ModelPackageName")
    if name is None:
        return []
    record = world.get(VERSION.kind, _bare(name))
    return record.spec["InferenceSpecification"]["Containers"] if record else []


def _bare(name_or_arn: str) -> str:
    """Return what follows the kind in an ARN, or a name unchanged."""
    return (
        Arn.parse(name_or_arn).resource.partition("/")[2] if name_or_arn.startswith("arn:") else name_or_arn
    )
