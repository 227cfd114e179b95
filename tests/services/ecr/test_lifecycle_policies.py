"""Lifecycle policies: what AWS accepts, what they let expire, and that business time carries them out.

Sources: lifecycle_policy_parameters and lifecycle_policy_examples (Amazon ECR User Guide), whose examples these are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from clary.services.ecr.lifecycle.rules import DAY, Candidate, Rule, expiring
from tests.services.ecr.conftest import OCI_INDEX, Registry, descriptor, manifest_of

Selection = dict[str, Any]


def policy(*selections: Selection, description: str = "keeps the repository small") -> str:
    rules = [
        {"rulePriority": n, "description": description, "selection": one, "action": {"type": "expire"}}
        for n, one in enumerate(selections, 1)
    ]
    return json.dumps({"rules": rules})


def count(number: int, **more: Any) -> Selection:
    return {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": number} | more


def days(number: int, **more: Any) -> Selection:
    aged = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": number}
    return {"tagStatus": "untagged", **aged} | more


def settle(controllers: Controllers) -> None:
    while controllers.once():
        pass


def tags_of(ecr: Any, repository: str) -> list[str]:
    images = ecr.describe_images(repositoryName=repository)["imageDetails"]
    return sorted(tag for image in images for tag in image.get("imageTags", ["-"]))


def test_the_newest_stay(
    ecr: Any, registry: Registry, repository: str, controllers: Controllers, clock: FakeClock
) -> None:
    for number in range(4):
        registry.push(repository, f"v{number}", b"%d" % number)
        clock.advance(1)
    text = policy(count(2))
    ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=text)
    settle(controllers)
    assert tags_of(ecr, repository) == ["v2", "v3"]
    kept = ecr.get_lifecycle_policy(repositoryName=repository)
    assert kept["lifecyclePolicyText"] == text
    assert kept["lastEvaluatedAt"].timestamp() == pytest.approx(clock.now(), abs=1)


def test_business_time_carries_them_out(
    ecr: Any,
    registry: Registry,
    repository: str,
    controllers: Controllers,
    move: Callable[[float], None],
    clock: FakeClock,
) -> None:
    registry.push(repository, "1", b"old")
    registry.push(repository, "1", b"new")
    clock.advance(1)
    ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=policy(days(14)))
    settle(controllers)
    assert tags_of(ecr, repository) == ["-", "1"]
    move(16 * DAY)
    settle(controllers)
    assert tags_of(ecr, repository) == ["1"]


def test_prefixes_and_patterns(
    ecr: Any, registry: Registry, repository: str, controllers: Controllers, clock: FakeClock
) -> None:
    for tag in ("prod-1", "prod-2", "dev-1-x", "dev-2-x", "other"):
        registry.push(repository, tag, tag.encode())
        clock.advance(1)
    selections = (
        count(1, tagStatus="tagged", tagPrefixList=["prod"]),
        count(1, tagStatus="tagged", tagPatternList=["dev*x"]),
    )
    ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=policy(*selections))
    settle(controllers)
    assert tags_of(ecr, repository) == ["dev-2-x", "other", "prod-2"]


def test_the_images_of_an_index_follow_it(
    ecr: Any, registry: Registry, repository: str, controllers: Controllers, clock: FakeClock
) -> None:
    registry.push(repository, "amd64", b"a")
    child = registry.ask("GET", f"/v2/{repository}/manifests/amd64").body
    index = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [descriptor(child, "application/x")]}
    ).encode()
    assert registry.put_manifest(repository, "all", index, OCI_INDEX).status == 201
    clock.advance(1)
    registry.push(repository, "newest", b"n")
    ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=policy(count(1)))
    settle(controllers)
    assert tags_of(ecr, repository) == ["newest"]


def test_a_signature_goes_with_its_image_and_not_before(
    ecr: Any, registry: Registry, repository: str, controllers: Controllers, clock: FakeClock
) -> None:
    registry.push(repository, "old", b"old")
    signed = registry.ask("GET", f"/v2/{repository}/manifests/old").body
    signature = manifest_of(subject=descriptor(signed, "application/x"), artifactType="application/sig")
    assert registry.put_manifest(repository, "sig", signature).status == 201
    clock.advance(1)
    registry.push(repository, "new", b"new")
    put = lambda number: ecr.put_lifecycle_policy(  # noqa: E731
        repositoryName=repository, lifecyclePolicyText=policy(count(number))
    )
    put(2)
    settle(controllers)
    assert tags_of(ecr, repository) == ["new", "old", "sig"]
    put(1)
    settle(controllers)
    assert tags_of(ecr, repository) == ["new"]


def test_a_preview_says_what_would_expire_and_deletes_nothing(
    ecr: Any, registry: Registry, repository: str, clock: FakeClock
) -> None:
    for tag in ("1", "2", "3"):
        registry.push(repository, tag, tag.encode())
        clock.advance(1)
    with pytest.raises(ecr.exceptions.LifecyclePolicyNotFoundException):
        ecr.start_lifecycle_policy_preview(repositoryName=repository)
    with pytest.raises(ecr.exceptions.LifecyclePolicyPreviewNotFoundException):
        ecr.get_lifecycle_policy_preview(repositoryName=repository)
    started = ecr.start_lifecycle_policy_preview(
        repositoryName=repository, lifecyclePolicyText=policy(count(1))
    )
    assert started["status"] == "IN_PROGRESS"
    ecr.get_waiter("lifecycle_policy_preview_complete").wait(repositoryName=repository)
    pages = ecr.get_paginator("get_lifecycle_policy_preview").paginate(
        repositoryName=repository, PaginationConfig={"PageSize": 1}
    )
    results = [page["previewResults"] for page in pages]
    assert [[one["imageTags"] for one in page] for page in results] == [[["2"]], [["1"]]]
    assert results[0][0]["action"] == {"type": "EXPIRE"}
    assert results[0][0]["appliedRulePriority"] == 1
    shown = ecr.get_lifecycle_policy_preview(repositoryName=repository, imageIds=[{"imageTag": "1"}])
    assert shown["summary"] == {"expiringImageTotalCount": 2}
    assert len(shown["previewResults"]) == 1
    assert tags_of(ecr, repository) == ["1", "2", "3"]


def test_a_policy_that_is_deleted_deletes_nothing_more(
    ecr: Any, registry: Registry, repository: str, controllers: Controllers, move: Callable[[float], None]
) -> None:
    registry.push(repository, "1", b"old")
    registry.push(repository, "1", b"new")
    text = policy(days(1))
    ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=text)
    settle(controllers)
    assert ecr.delete_lifecycle_policy(repositoryName=repository)["lifecyclePolicyText"] == text
    move(3 * DAY)
    settle(controllers)
    assert tags_of(ecr, repository) == ["-", "1"]
    for ask in (ecr.get_lifecycle_policy, ecr.delete_lifecycle_policy):
        with pytest.raises(ecr.exceptions.LifecyclePolicyNotFoundException):
            ask(repositoryName=repository)


@pytest.mark.parametrize(
    "selections",
    [
        (count(0),),
        (count(1, tagStatus="tagged"),),
        (count(1, tagStatus="tagged", tagPrefixList=["a"], tagPatternList=["a*"]),),
        (count(1, tagStatus="untagged", tagPrefixList=["a"]),),
        (count(1, tagStatus="tagged", tagPatternList=["*a*b*c*d*"]),),
        (count(1, countUnit="days"),),
        (days(1, countUnit="hours"),),
        (count(1, color="red"),),
        (count(1), days(1)),
        (days(1), days(2)),
    ],
)
def test_what_is_no_policy_is_refused(ecr: Any, repository: str, selections: tuple[Selection, ...]) -> None:
    with pytest.raises(ecr.exceptions.InvalidParameterException, match="Lifecycle policy validation failure"):
        ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=policy(*selections))
    with pytest.raises(ecr.exceptions.LifecyclePolicyNotFoundException):
        ecr.get_lifecycle_policy(repositoryName=repository)


def test_what_would_move_images_to_the_archive_is_refused_by_name(ecr: Any, repository: str) -> None:
    text = policy(days(1, countType="sinceImagePulled"))
    with pytest.raises(ClientError, match=r"NotImplemented.*sinceImagePulled"):
        ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=text)


def test_an_image_is_the_business_of_the_first_rule_that_selects_it() -> None:
    """ "An image that matches the tagging requirements of a rule cannot be expired by a rule with a lower priority." """
    images = [Candidate(f"sha256:{n}", (f"prod{n}",), n) for n in range(3)]
    keeps, drops = Rule(1, "tagged", ("prod*",), 2, None), Rule(2, "any", (), 1, None)
    assert [(image.digest, rule) for image, rule in expiring([drops, keeps], images, 10.0)] == [
        ("sha256:0", 1)
    ]
