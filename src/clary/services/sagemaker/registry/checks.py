"""What CreateModelPackage and UpdateModelPackage refuse beyond the model: images, environments, counts, model
cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clary.kernel.errors import validation
from clary.services.sagemaker import own_images, requests
from clary.services.sagemaker.model_cards import content

Params = Mapping[str, Any]

_SPECIFICATIONS = ("AdditionalInferenceSpecifications", "AdditionalInferenceSpecificationsToAdd")
_MOST_PROPERTIES = 50  # CustomerMetadataMap
_MOST_SPECIFICATIONS = 15  # "can not exceed 15" (API reference, UpdateModelPackage)


def check(params: Params) -> None:
    """Raise ValidationException for containers and a model card that AWS would refuse in any package."""
    for container, path in _containers(params):
        # AWS's model calls it optional, for packages made of a base model, which are not offered.
        requests.present(container, "Image", path)
        own_images.require_address(container["Image"])
        requests.s3_only("CreateModelPackage", container, "ModelDataSource", "AdditionalModelDataSources")
    card = params.get("ModelCard", {})
    if "ModelCardContent" in card:
        content.require(card["ModelCardContent"], content.PACKAGE_CARD)


def _containers(params: Params) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every container of a request, with its path in AWS's words."""
    main = params.get("InferenceSpecification", {}).get("Containers", [])
    yield from _at("inferenceSpecification.containers", main)
    for member in _SPECIFICATIONS:
        for place, one in enumerate(params.get(member, []), start=1):
            path = f"{member[:1].lower()}{member[1:]}.{place}.member.containers"
            yield from _at(path, one["Containers"])


def _at(path: str, containers: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    for place, container in enumerate(containers, start=1):
        yield container, f"{path}.{place}.member."


def check_new(params: Params) -> None:
    """Raise ValidationException for a request that is neither a versioned nor an unversioned package."""
    versioned, unversioned = "ModelPackageGroupName" in params, "ModelPackageName" in params
    if versioned and unversioned:
        raise validation(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which "
            "one to use."
        )
    if not versioned and not unversioned:
        raise validation("Missing ARN.")
    if "ValidationSpecification" in params and "InferenceSpecification" not in params:
        raise validation(
            "InferenceSpecification must be specified for a model package that is to be validated."
        )
    if versioned:
        _check_versioned(params)
    else:
        _check_unversioned(params)


def _check_versioned(params: Params) -> None:
    """Refuse tags: a version "uses the tags associated with the model group. In this case, you cannot supply a
    tag argument" (API reference, CreateModelPackage)."""
    if params.get("Tags"):
        raise validation(
            "Tags cannot be specified for a versioned model package: it uses the tags of its model package group."
        )


def _check_unversioned(params: Params) -> None:
    """Raise ValidationException for a package that says nothing to serve, or has variables. The sentence about
    these is what users report."""
    if "InferenceSpecification" not in params:
        raise validation(
            "InferenceSpecification or SourceAlgorithmSpecification must be specified for an unversioned model package."
        )
    if any(container.get("Environment") for container, _ in _containers(params)):
        raise validation(
            "1 validation errors detected:Environment variable map cannot be specified when using non-versioned "
            "ModelPackages"
        )


def check_counts(spec: Mapping[str, Any]) -> None:
    """Raise ValidationException if a package would have too much of something, or two specifications of a name."""
    if len(spec.get("CustomerMetadataProperties") or {}) > _MOST_PROPERTIES:
        raise validation(f"A model package can have at most {_MOST_PROPERTIES} customer metadata properties.")
    names = [one["Name"] for one in spec.get("AdditionalInferenceSpecifications") or []]
    if len(names) > _MOST_SPECIFICATIONS:
        raise validation(
            f"Total number of additional Inference Specifications can not exceed {_MOST_SPECIFICATIONS}."
        )
    requests.unique(names, "Names of additional inference specifications")


def check_card(before: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise ValidationException for other content of a card that is archived (API reference,
    ModelPackageModelCard)."""
    other = given.get("ModelCardContent", before.get("ModelCardContent")) != before.get("ModelCardContent")
    if other and before.get("ModelCardStatus") == "Archived":
        raise validation("Model Card is in Archived state")
