"""Model packages: versions of a group, and packages without one. How they are shown, changed and deleted."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Record, revise
from clary.services.sagemaker.model_cards.content import sanitized
from clary.services.sagemaker.registry import accepts, checks
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context

Params = dict[str, Any]

# The members that UpdateModelPackage replaces.
_REPLACED = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "SourceUri",
    "InferenceSpecification",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


def is_versioned(package: Record) -> bool:
    """Return whether a package is a version of a group."""
    return "ModelPackageGroupName" in package.spec


def _update(ctx: Context, package: Record, given: Params) -> Record:
    """Replace the members that can be changed; add to and remove from the others. Raise ValidationException for
    a package without a group: the operation "updates a versioned model" (API reference)."""
    if not is_versioned(package):
        raise validation(
            f"ModelPackage {package.arn} is not a versioned model package, and cannot be updated."
        )
    checks.check(given)
    spec = {name: given[name] for name in _REPLACED if name in given}
    spec |= _properties(package, given) | _more_specifications(package, given) | _card(package, given)
    changed = revise(package, spec=spec, observed={"LastModifiedBy": user_context(ctx.caller)})
    checks.check_counts(changed.spec)
    return changed


def _properties(package: Record, given: Params) -> Params:
    kept = {
        **package.spec.get("CustomerMetadataProperties", {}),
        **given.get("CustomerMetadataProperties", {}),
    }
    for name in given.get("CustomerMetadataPropertiesToRemove", []):
        kept.pop(name, None)
    return {"CustomerMetadataProperties": kept or None}


def _more_specifications(package: Record, given: Params) -> Params:
    more = given.get("AdditionalInferenceSpecificationsToAdd", [])
    present = package.spec.get("AdditionalInferenceSpecifications", [])
    return {"AdditionalInferenceSpecifications": [*present, *more]} if more else {}


def _card(package: Record, given: Params) -> Params:
    """Return the model card with what was given of it: clients send the status or the content alone."""
    if "ModelCard" not in given:
        return {}
    before = package.spec.get("ModelCard", {})
    checks.check_card(before, given["ModelCard"])
    return {"ModelCard": {**before, **given["ModelCard"]}}


def _shown(package: Record) -> Params:
    """Return status and name. A version has no name: SDK v3 then goes by the ARN (ModelPackage.refresh)."""
    name = None if is_versioned(package) else package.id
    return {"ModelPackageName": name, "ModelPackageStatus": package.status}


# The id of a version is `group/version`, as at the end of its ARN; that of another package is its name.
VERSION = sagemaker.noun(
    Noun(
        "ModelPackage",
        arn="model-package/{ModelPackageName}",
        key=Key("ModelPackageName", or_arn=True),
        accepts=accepts.MODEL_PACKAGE,
        errors=Errors(
            missing="ModelPackage {arn} does not exist.", taken="ModelPackage already exists: {arn}"
        ),
        hooks=Hooks(update=_update, view=_shown),
    )
)


@sagemaker.operation(on=VERSION.arn)
def describe_model_package(ctx: Context, params: Params) -> Params:
    """Describe a package; of its model card only what is not confidential, if that is asked for."""
    shown = VERSION.describe(VERSION.meant(ctx, params["ModelPackageName"]))
    card = shown.get("ModelCard", {})
    if params.get("IncludedData") == "MetadataOnly" and "ModelCardContent" in card:
        shown["ModelCard"] = {**card, "ModelCardContent": sanitized(card["ModelCardContent"])}
    return shown


def new_package(ctx: Context, id: str, spec: Params, observed: Params) -> Record:
    """Return the record of a new package, which is complete at once."""
    details = {"ValidationStatuses": [], "ImageScanStatuses": []}
    status = {
        **observed,
        "ModelPackageStatusDetails": details,
        "CertifyForMarketplace": False,
        "CreatedBy": user_context(ctx.caller),
    }
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
