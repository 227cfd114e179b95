"""Model package groups and their versions: the model registry as far as registering, approving and deploying go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.kernel import Arn, AwsError
from clary.kernel.errors import not_implemented
from clary.plane import Context, Errors, Query, Record, Resource, World
from clary.plane.paging import page, searches
from clary.services.sagemaker import images, members, requests, tags
from clary.services.sagemaker.service import sagemaker


def _allow_group(ctx: Context, params: dict[str, Any]) -> None:
    """What the model cannot say."""
    members.refuse_unknown("CreateModelPackageGroup", params)
    tags.check(params)


group = sagemaker.resource(
    Resource(
        "ModelPackageGroup",
        arn="model-package-group/{ModelPackageGroupName}",
        allow=_allow_group,
        stamp=lambda ctx, params: {"CreatedBy": {}, "ModelPackageGroupStatus": "Completed"},
        errors=Errors(
            missing="ModelPackageGroup {arn} does not exist.",
            taken="Model Package Group already exists: {arn}",
        ),
    )
)

# Versions are records of their own; the id is `group/version`, so that it reads as the end of the ARN.
VERSION = sagemaker.declare(
    Resource(
        "ModelPackage",
        arn="model-package/{ModelPackageName}",
        errors=Errors(missing="ModelPackage {arn} does not exist."),
    )
)


@sagemaker.operation(on="model-package-group/{ModelPackageGroupName}")
def describe_model_package_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return group.describe(_find_group(ctx, params["ModelPackageGroupName"]))


@sagemaker.operation(on="model-package-group/{ModelPackageGroupName}")
def delete_model_package_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = _find_group(ctx, params["ModelPackageGroupName"])
    if versions(ctx, record.id):
        raise AwsError(
            "ConflictException",
            f"Model Package Group {record.arn} cannot be deleted because it still contains Model Packages",
        )
    ctx.tx.delete(record)
    return {}


@sagemaker.operation(on="model-package/{ModelPackageGroupName}", also=(sagemaker.tagging("Tags"),))
def create_model_package(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    if "ModelPackageGroupName" not in params:
        raise not_implemented("sagemaker", "CreateModelPackage without a ModelPackageGroupName")
    members.refuse_unknown("CreateModelPackage", params)
    tags.check(params)
    if before := _answered_before(ctx, params):
        return before
    owner = _find_group(ctx, params["ModelPackageGroupName"])
    _check_images(params)
    number = int(owner.doc.get("_versions", 0)) + 1
    ctx.tx.update(owner.evolve(doc={**owner.doc, "_versions": number}))
    status = {"ValidationStatuses": [], "ImageScanStatuses": []}
    doc = {key: value for key, value in params.items() if key not in ("ClientToken", "Tags") and value != {}}
    doc |= {
        "ModelPackageGroupName": owner.id,
        "ModelPackageVersion": number,
        "ModelPackageStatusDetails": status,
        "ModelApprovalStatus": params.get("ModelApprovalStatus", "PendingManualApproval"),
    }
    record = ctx.tx.insert(
        Record(
            kind=VERSION.kind,
            scope=ctx.scope,
            id=f"{owner.id}/{number}",
            arn=ctx.arn(f"model-package/{owner.id}/{number}"),
            status="Completed",
            doc=doc,
            created=ctx.now,
            modified=ctx.now,
        )
    )
    if params.get("Tags"):
        ctx.tx.tag(record.arn, {tag["Key"]: tag["Value"] for tag in params["Tags"]})
    if "ClientToken" in params:
        ctx.tx.remember(ctx.scope, ctx.op.name, params["ClientToken"], {"ModelPackageArn": record.arn})
    return {"ModelPackageArn": record.arn}


def _check_images(params: dict[str, Any]) -> None:
    """A newer model made Image optional, for packages that are made of a base model; there are none here."""
    for place, container in enumerate(
        params.get("InferenceSpecification", {}).get("Containers", []), start=1
    ):
        requests.present(container, "Image", f"inferenceSpecification.containers.{place}.member.")
        images.resolve(container["Image"])


def _answered_before(ctx: Context, params: dict[str, Any]) -> dict[str, Any] | None:
    """What the same ClientToken was answered: SDKs send one with every try of a call."""
    return ctx.tx.once(ctx.scope, ctx.op.name, params["ClientToken"]) if "ClientToken" in params else None


@sagemaker.operation(on="model-package/{ModelPackageName}")
def describe_model_package(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return shown(find(ctx, params["ModelPackageName"]))


# What UpdateModelPackage puts in the place of what was there.
_CHANGEABLE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "SourceUri",
    "InferenceSpecification",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


@sagemaker.operation(on="model-package/{ModelPackageArn}")
def update_model_package(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, params["ModelPackageArn"])
    doc = dict(record.doc)
    properties = {**doc.get("CustomerMetadataProperties", {}), **params.get("CustomerMetadataProperties", {})}
    for name in params.get("CustomerMetadataPropertiesToRemove", []):
        properties.pop(name, None)
    _check_images(params)
    changed = {name: params[name] for name in _CHANGEABLE if name in params}
    more = params.get("AdditionalInferenceSpecificationsToAdd")
    if more:
        name = "AdditionalInferenceSpecifications"
        changed[name] = [*doc.get(name, []), *more]
    doc |= changed | ({"CustomerMetadataProperties": properties} if properties else {})
    ctx.tx.update(record.evolve(doc=doc, modified=ctx.now))
    return {"ModelPackageArn": record.arn}


@sagemaker.operation(on="model-package/{ModelPackageName}")
def delete_model_package(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    ctx.tx.delete(find(ctx, params["ModelPackageName"]))
    return {}


@sagemaker.operation(lane="heavy_read")
def list_model_packages(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Without a group AWS lists the unversioned packages unless told otherwise; there are none here."""
    plain = {k: v for k, v in params.items() if k not in ("ModelPackageType", "ModelApprovalStatus")}
    grouped = "ModelPackageGroupName" in plain
    if params.get("ModelPackageType", "Versioned" if grouped else "Unversioned") == "Unversioned":
        return {"ModelPackageSummaryList": []}
    if grouped:
        name = plain["ModelPackageGroupName"]
        plain["ModelPackageGroupName"] = _own(ctx, name, "model-package-group") or name
    if "ModelApprovalStatus" in params:
        plain["ModelApprovalStatusEquals"] = params["ModelApprovalStatus"]
    return page(_SUMMARY, ctx, plain)


@sagemaker.operation(heavy=searches)
def list_model_package_groups(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    plain = {k: v for k, v in params.items() if k != "CrossAccountFilterOption"}
    if params.get("CrossAccountFilterOption") == "CrossAccount":
        raise not_implemented("sagemaker", "ListModelPackageGroups of other accounts")
    return page(group, ctx, plain)


def versions(ctx: Context, group_name: str) -> list[Record]:
    """Every version of a group."""
    where = [("doc.ModelPackageGroupName", "=", group_name)]
    return ctx.tx.list(VERSION.kind, ctx.scope, Query(where=where, limit=1000))


def find(ctx: Context, name_or_arn: str) -> Record:
    """A version by ARN or by `group/version`."""
    id = _own(ctx, name_or_arn, "model-package")
    record = ctx.tx.get(VERSION.kind, ctx.scope, id) if id else None
    if record is None:
        raise VERSION.errors.not_found(ctx.arn(f"model-package/{id}") if id else name_or_arn, name_or_arn)
    return record


def _find_group(ctx: Context, name_or_arn: str) -> Record:
    id = _own(ctx, name_or_arn, "model-package-group")
    if id is None:
        raise group.errors.not_found(name_or_arn, name_or_arn)
    return group.find(ctx, id)


def _own(ctx: Context, name_or_arn: str, kind: str) -> str | None:
    """The id that a name or an ARN stands for; None for the ARN of anything else, or of another account or region."""
    if not name_or_arn.startswith("arn:"):
        return name_or_arn
    prefix = ctx.arn(f"{kind}/")
    return name_or_arn.removeprefix(prefix) if name_or_arn.startswith(prefix) else None


def shown(record: Record) -> dict[str, Any]:
    return {
        **record.doc,
        "ModelPackageName": record.doc["ModelPackageGroupName"],
        "ModelPackageArn": record.arn,
        "ModelPackageStatus": record.status,
        "CreationTime": record.created,
        "LastModifiedTime": record.modified,
    }


_SUMMARY = replace(VERSION, view=shown)


def containers_of(model: Record, world: World) -> list[dict[str, Any]]:
    """The containers of the package that a model was made of; none when it was made of an image. Models of an earlier
    version do not have them."""
    if "_package" in model.doc:
        return model.doc["_package"]
    name = model.doc["PrimaryContainer"].get("ModelPackageName")
    if name is None:
        return []
    record = world.get(VERSION.kind, _bare(name))
    return record.doc["InferenceSpecification"]["Containers"] if record else []


def _bare(name_or_arn: str) -> str:
    """What stands after the kind in an ARN, or the name as it is."""
    return (
        Arn.parse(name_or_arn).resource.partition("/")[2] if name_or_arn.startswith("arn:") else name_or_arn
    )
