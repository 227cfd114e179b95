"""The errors of Amazon ECR that several operations raise.

The sentences are those that users report of the service; the tests name the reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clary.kernel import AwsError

Id = Mapping[str, str]


def invalid(parameter: str, constraint: str) -> AwsError:
    message = f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{constraint}'"
    return AwsError("InvalidParameterException", message)


def no_repository(name: str, registry: str) -> AwsError:
    message = f"The repository with name '{name}' does not exist in the registry with id '{registry}'"
    return AwsError("RepositoryNotFoundException", message)


def repository_exists(name: str, registry: str) -> AwsError:
    message = f"The repository with name '{name}' already exists in the registry with id '{registry}'"
    return AwsError("RepositoryAlreadyExistsException", message)


def repository_not_empty(name: str, registry: str) -> AwsError:
    message = (
        f"The repository with name '{name}' in registry with id '{registry}' cannot be deleted because it still "
        "contains images"
    )
    return AwsError("RepositoryNotEmptyException", message)


def no_image(id: Id, name: str, registry: str) -> AwsError:
    said = ", ".join(f"{member}:'{id.get(member, 'null')}'" for member in ("imageDigest", "imageTag"))
    message = (
        f"The image with imageId {{{said}}} does not exist within the repository with name '{name}' in the registry "
        f"with id '{registry}'"
    )
    return AwsError("ImageNotFoundException", message)


def no_upload(upload: str, name: str, registry: str) -> AwsError:
    message = (
        f"The upload with id '{upload}' does not exist in the repository with name '{name}' in the registry with id "
        f"'{registry}'"
    )
    return AwsError("UploadNotFoundException", message)


def no_layers(digests: Iterable[str], name: str, registry: str) -> AwsError:
    return AwsError("LayersNotFoundException", _required("Layers", digests, name, registry))


def no_images(digests: Iterable[str], name: str, registry: str) -> AwsError:
    return AwsError("ReferencedImagesNotFoundException", _required("Images", digests, name, registry))


def _required(what: str, digests: Iterable[str], name: str, registry: str) -> str:
    return (
        f"{what} with digests '[{', '.join(digests)}]' required for pushing image into repository with name '{name}' "
        f"in the registry with id '{registry}' do not exist"
    )
