"""The life of a repository, through boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT
from tests.services.ecr.conftest import Registry

NAME = "team/app"


def test_it_is_created_shown_listed_and_deleted(ecr: Any) -> None:
    made = ecr.create_repository(repositoryName=NAME)["repository"]
    assert made["repositoryArn"] == f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{NAME}"
    assert made["registryId"] == ACCOUNT
    assert made["repositoryUri"] == f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{NAME}"
    assert made["imageTagMutability"] == "MUTABLE"
    assert made["encryptionConfiguration"] == {"encryptionType": "AES256"}
    assert ecr.describe_repositories()["repositories"] == [made]
    assert ecr.describe_repositories(repositoryNames=[NAME])["repositories"] == [made]
    assert ecr.delete_repository(repositoryName=NAME)["repository"] == made
    assert ecr.describe_repositories()["repositories"] == []


def test_a_name_is_taken_once(ecr: Any) -> None:
    """The sentence is in many users' logs of `aws ecr create-repository`."""
    ecr.create_repository(repositoryName=NAME)
    said = f"The repository with name '{NAME}' already exists in the registry with id '{ACCOUNT}'"
    with pytest.raises(ecr.exceptions.RepositoryAlreadyExistsException, match=said):
        ecr.create_repository(repositoryName=NAME)


def test_one_that_is_not_there_is_named(ecr: Any) -> None:
    said = f"The repository with name 'none' does not exist in the registry with id '{ACCOUNT}'"
    for ask in (
        lambda: ecr.describe_repositories(repositoryNames=["none"]),
        lambda: ecr.delete_repository(repositoryName="none"),
        lambda: ecr.list_images(repositoryName="none"),
        lambda: ecr.put_image_tag_mutability(repositoryName="none", imageTagMutability="IMMUTABLE"),
    ):
        with pytest.raises(ecr.exceptions.RepositoryNotFoundException, match=said):
            ask()


def test_pages(ecr: Any) -> None:
    for number in range(5):
        ecr.create_repository(repositoryName=f"app-{number}")
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})
    names = [[one["repositoryName"] for one in page["repositories"]] for page in pages]
    assert names == [["app-0", "app-1"], ["app-2", "app-3"], ["app-4"]]
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        ecr.describe_repositories(nextToken="made-up")


def test_one_with_images_is_deleted_by_force_alone(ecr: Any, registry: Registry, repository: str) -> None:
    registry.push(repository, "1", b"layer")
    with pytest.raises(ecr.exceptions.RepositoryNotEmptyException):
        ecr.delete_repository(repositoryName=repository)
    assert ecr.list_images(repositoryName=repository)["imageIds"]
    ecr.delete_repository(repositoryName=repository, force=True)
    ecr.create_repository(repositoryName=repository)
    assert ecr.list_images(repositoryName=repository)["imageIds"] == []


def test_tags(ecr: Any) -> None:
    arn = ecr.create_repository(repositoryName=NAME, tags=[{"Key": "a", "Value": "1"}])["repository"][
        "repositoryArn"
    ]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "2"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.list_tags_for_resource(resourceArn=arn + "-none")
    with pytest.raises(ecr.exceptions.InvalidTagParameterException):
        ecr.tag_resource(resourceArn=arn, tags=[{"Key": "aws:a", "Value": "1"}])


@pytest.mark.parametrize(
    "more",
    [
        {"encryptionConfiguration": {"encryptionType": "KMS_DSSE"}},
        {"imageScanningConfiguration": {"scanOnPush": True}},
    ],
)
def test_what_nobody_would_carry_out_is_refused_by_name(ecr: Any, more: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=r"NotImplemented.*CreateRepository with"):
        ecr.create_repository(repositoryName=NAME, **more)
    assert ecr.describe_repositories()["repositories"] == []


def test_regions_have_registries_of_their_own(ecr: Any, client: Any) -> None:
    ecr.create_repository(repositoryName=NAME)
    there = client("ecr", region_name="eu-west-1")
    assert there.describe_repositories()["repositories"] == []
    made = there.create_repository(repositoryName=NAME)["repository"]
    assert made["repositoryUri"] == f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/{NAME}"
