"""What a model is made of, if it is made of a package: the containers, and who may use them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.kernel import Arn
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Record, World
from clary.services.sagemaker.registry.packages import VERSION, is_versioned

Container = dict[str, Any]


def containers(ctx: Context, asked: Container) -> list[Container]:
    """Return the containers of the package that a model's container names: of one of its additional
    specifications, if that is named too. Raise what CreateModel answers for a package that cannot be used."""
    package = _package(ctx, asked["ModelPackageName"])
    _check_approval(package)
    if package.status != "Completed":
        raise validation(f"ModelPackage {package.arn} cannot be deployed: it is in status {package.status}.")
    found = _specification(package, asked.get("InferenceSpecificationName")).get("Containers", [])
    if not found:
        raise validation(f"ModelPackage {package.arn} has no inference specification to make a model of.")
    if len(found) > 1:
        raise not_implemented("sagemaker", "CreateModel with a package of several containers")
    return found


def _package(ctx: Context, named: str) -> Record:
    """Return the package that a name or an ARN means. One of another account must be shared with the caller:
    its group's policy allows sagemaker:CreateModel on it."""
    owner = Arn.parse(named).account if named.startswith("arn:") else ctx.account
    if owner == ctx.account:
        return VERSION.meant(ctx, named)
    ctx.authorize("sagemaker:CreateModel", named)
    return VERSION.meant(replace(ctx, account=owner), named)


def _check_approval(package: Record) -> None:
    """Raise ValidationException for a version that is not approved: "For versioned models, the value of this
    parameter must be set to Approved to deploy the model" (API reference, CreateModelPackage)."""
    status = package.spec.get("ModelApprovalStatus")
    if is_versioned(package) and status != "Approved":
        raise validation(
            f"ModelPackage {package.arn} cannot be deployed: its ModelApprovalStatus is {status}, and must be Approved."
        )


def _specification(package: Record, name: str | None) -> dict[str, Any]:
    if name is None:
        return package.spec.get("InferenceSpecification", {})
    for one in package.spec.get("AdditionalInferenceSpecifications", []):
        if one["Name"] == name:
            return one
    raise validation(f"ModelPackage {package.arn} has no additional inference specification named {name}.")


def containers_of(model: Record, world: World) -> list[Container]:
    """Return the containers of the package that a model was made of; none if it was made of an image.
    Models of an earlier version do not keep them."""
    if "package" in model.private:
        return model.private["package"]
    name = model.spec.get("PrimaryContainer", {}).get("ModelPackageName")
    if name is None:
        return []
    record = world.get(VERSION.kind, _bare(name))
    return record.spec["InferenceSpecification"]["Containers"] if record else []


def _bare(name_or_arn: str) -> str:
    """Return what follows the kind in an ARN, or a name unchanged."""
    if not name_or_arn.startswith("arn:"):
        return name_or_arn
    return Arn.parse(name_or_arn).resource.partition("/")[2]
