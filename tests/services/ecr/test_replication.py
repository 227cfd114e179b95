"""Replication across regions and accounts of the platform.

Sources: replication, registry-permissions-create-replication (Amazon ECR User Guide).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import ACCOUNT
from tests.inprocess import InProcess
from tests.services.ecr.conftest import OCI_INDEX, Registry, descriptor, sign_in
from tests.support.principals import OTHER

Act = Callable[[], object]


def to(ecr: Any, *destinations: tuple[str, str], **more: Any) -> None:
    there = [{"region": region, "registryId": registry} for region, registry in destinations]
    ecr.put_replication_configuration(
        replicationConfiguration={"rules": [{"destinations": there, **more}] if there else []}
    )


@pytest.fixture
def europe(client: Callable[..., Any]) -> Any:
    return client("ecr", region_name="eu-west-1")


def status(ecr: Any, repository: str, tag: str) -> dict[str, str]:
    said = ecr.describe_image_replication_status(repositoryName=repository, imageId={"imageTag": tag})
    return {one["region"]: one["status"] for one in said["replicationStatuses"]}


def test_what_is_pushed_is_replicated_to_another_region(
    app: InProcess, ecr: Any, europe: Any, registry: Registry, repository: str, act: Act
) -> None:
    registry.push(repository, "before", b"before")
    to(ecr, ("eu-west-1", ACCOUNT))
    assert ecr.describe_registry()["replicationConfiguration"]["rules"][0]["destinations"]
    digest = registry.push(repository, "1", b"a layer")
    assert status(ecr, repository, "1") == {"eu-west-1": "IN_PROGRESS"}
    act()
    assert status(ecr, repository, "1") == {"eu-west-1": "COMPLETE"}
    there = sign_in(app, europe)
    pulled = there.ask("GET", f"/v2/{repository}/manifests/1")
    assert pulled.headers["docker-content-digest"] == digest
    for layer in (*pulled.json["layers"], pulled.json["config"]):
        assert there.ask("GET", f"/v2/{repository}/blobs/{layer['digest']}").status == 200
    tags = {one.get("imageTag") for one in europe.list_images(repositoryName=repository)["imageIds"]}
    assert "1" in tags


def test_an_index_comes_with_its_images(
    ecr: Any, europe: Any, registry: Registry, repository: str, act: Act
) -> None:
    registry.push(repository, "amd64", b"a")
    child = registry.ask("GET", f"/v2/{repository}/manifests/amd64").body
    act()
    to(ecr, ("eu-west-1", ACCOUNT))
    manifests = [descriptor(child, "application/vnd.oci.image.manifest.v1+json")]
    index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}).encode()
    assert registry.put_manifest(repository, "all", index, OCI_INDEX).status == 201
    act()
    digests = {one["imageDigest"] for one in europe.list_images(repositoryName=repository)["imageIds"]}
    assert len(digests) == 2


def test_filters_name_repositories_by_prefix(ecr: Any, europe: Any, registry: Registry, act: Act) -> None:
    to(
        ecr,
        ("eu-west-1", ACCOUNT),
        repositoryFilters=[{"filter": "prod/", "filterType": "PREFIX_MATCH"}],
    )
    for name in ("prod/app", "dev/app"):
        ecr.create_repository(repositoryName=name)
        registry.push(name, "1", name.encode())
    act()
    assert [one["repositoryName"] for one in europe.describe_repositories()["repositories"]] == ["prod/app"]


def test_deletions_are_replicated_where_a_rule_says_so(
    ecr: Any, europe: Any, registry: Registry, repository: str, act: Act
) -> None:
    to(ecr, ("eu-west-1", ACCOUNT))
    registry.push(repository, "1", b"1")
    registry.push(repository, "2", b"2")
    ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])
    act()
    assert {one["imageTag"] for one in europe.list_images(repositoryName=repository)["imageIds"]} == {"2"}
    registry.push(repository, "1", b"1")
    act()
    ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])
    act()
    assert {one["imageTag"] for one in europe.list_images(repositoryName=repository)["imageIds"]} == {
        "1",
        "2",
    }
    to(ecr, ("eu-west-1", ACCOUNT), deleteReplication={"enabled": True})
    ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "2"}])
    act()
    assert {one["imageTag"] for one in europe.list_images(repositoryName=repository)["imageIds"]} == {"1"}


def test_another_account_must_allow_it(
    ecr: Any, client: Any, registry: Registry, repository: str, stranger: dict[str, str], act: Act
) -> None:
    theirs = client("ecr", **stranger)
    to(ecr, ("us-east-1", OTHER))
    registry.push(repository, "1", b"1")
    act()
    assert status(ecr, repository, "1") == {"us-east-1": "FAILED"}
    assert theirs.describe_repositories()["repositories"] == []
    statement = {
        "Sid": "Replication",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": f"arn:aws:ecr:us-east-1:{OTHER}:repository/*",
    }
    theirs.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    registry.push(repository, "2", b"2")
    act()
    assert status(ecr, repository, "2") == {"us-east-1": "COMPLETE"}
    assert [one["imageTag"] for one in theirs.list_images(repositoryName=repository)["imageIds"]] == ["2"]


def test_a_tag_that_is_fixed_at_the_destination_stays(
    ecr: Any, europe: Any, registry: Registry, repository: str, act: Act
) -> None:
    europe.create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE")
    to(ecr, ("eu-west-1", ACCOUNT))
    first = registry.push(repository, "1", b"1")
    act()
    registry.push(repository, "1", b"2")
    act()
    assert status(ecr, repository, "1") == {"eu-west-1": "FAILED"}
    assert europe.list_images(repositoryName=repository)["imageIds"] == [
        {"imageDigest": first, "imageTag": "1"}
    ]


@pytest.mark.parametrize("destination", [("us-east-1", ACCOUNT), ("mars-1", ACCOUNT)])
def test_a_destination_that_cannot_be_is_refused(ecr: Any, destination: tuple[str, str]) -> None:
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        to(ecr, destination)
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}


def test_the_policy_of_a_registry(ecr: Any) -> None:
    with pytest.raises(ecr.exceptions.RegistryPolicyNotFoundException):
        ecr.get_registry_policy()
    for text in ("{}", '{"Version": "2012-10-17", "Statement": []', "not json"):
        with pytest.raises(ecr.exceptions.InvalidParameterException):
            ecr.put_registry_policy(policyText=text)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "ecr:ReplicateImage", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert ecr.put_registry_policy(policyText=text)["registryId"] == ACCOUNT
    assert ecr.get_registry_policy()["policyText"] == text
    assert ecr.delete_registry_policy()["policyText"] == text
    with pytest.raises(ecr.exceptions.RegistryPolicyNotFoundException):
        ecr.delete_registry_policy()
