"""Layers and parts of uploads are held to their digests."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.plane.upkeep.reading import CHANGED, MISSING
from clary.services.ecr.scrub.work import scrub
from tests.inprocess import Loop
from tests.services.ecr.conftest import Registry, digest_of
from tests.support import scrubbing

LAYER = os.urandom(300_000)
Scrubbed = Callable[[], dict[str, str]]


@pytest.fixture
def scrubbed(platform: Platform, loop: Loop) -> Scrubbed:
    return lambda: scrubbing.scrubbed(platform, loop, scrub)


def place_of(platform: Platform, table: str, size: int) -> str:
    with platform.store.read() as tx:
        return tx.sql(f"select place from {table} where size = ?", size)[0][0]


def name_of(ecr: Any, repository: str, digest: str) -> str:
    (found,) = ecr.describe_repositories(repositoryNames=[repository])["repositories"]
    return f"layer {digest} of {found['repositoryArn']}"


def test_what_is_well_is_not_found(registry: Registry, repository: str, scrubbed: Scrubbed) -> None:
    registry.push(repository, "1", LAYER, b"small")
    begun = registry.ask("POST", f"/v2/{repository}/blobs/uploads/")
    registry.ask("PATCH", begun.headers["location"], LAYER)
    assert scrubbed() == {}


def test_a_layer_that_was_changed_is_found(
    ecr: Any, registry: Registry, repository: str, platform: Platform, scrubbed: Scrubbed
) -> None:
    registry.push(repository, "1", LAYER, b"small")
    scrubbing.flip(platform, place_of(platform, "ecr_layer", len(LAYER)), 150_000)
    assert scrubbed() == {name_of(ecr, repository, digest_of(LAYER)): CHANGED}


def test_a_layer_with_another_digest_is_found(
    ecr: Any, registry: Registry, repository: str, platform: Platform, scrubbed: Scrubbed
) -> None:
    """Its segments are authentic, but they are those of another layer."""
    other = os.urandom(len(LAYER))
    registry.push_blob(repository, other)
    theirs = place_of(platform, "ecr_layer", len(LAYER))
    registry.push_blob(repository, LAYER)
    with platform.store.write() as tx:
        tx.sql("update ecr_layer set place = ? where digest = ?", theirs, digest_of(LAYER))
    assert scrubbed() == {name_of(ecr, repository, digest_of(LAYER)): CHANGED}


def test_a_layer_of_several_parts(
    ecr: Any, registry: Registry, repository: str, platform: Platform, scrubbed: Scrubbed
) -> None:
    place = registry.ask("POST", f"/v2/{repository}/blobs/uploads/").headers["location"]
    for part in (LAYER[:100_000], LAYER[100_000:]):
        place = registry.ask("PATCH", place, part).headers["location"]
    assert registry.ask("PUT", f"{place}?digest={digest_of(LAYER)}").status == 201
    assert scrubbed() == {}
    with platform.store.write() as tx:
        tx.sql("delete from scrub")
    scrubbing.flip(platform, place_of(platform, "ecr_layer", len(LAYER)), 200_000)
    assert scrubbed() == {name_of(ecr, repository, digest_of(LAYER)): CHANGED}


def test_a_layer_under_a_key_of_kms_is_counted_without_it(
    ecr: Any, client: Any, registry: Registry, platform: Platform, scrubbed: Scrubbed
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    kms = {"encryptionType": "KMS", "kmsKey": key}
    ecr.create_repository(repositoryName="own", encryptionConfiguration=kms)
    registry.push_blob("own", LAYER)
    client("kms").disable_key(KeyId=key)
    assert scrubbed() == {}
    with platform.store.write() as tx:
        tx.sql("delete from scrub")
    path = platform.objects.path(place_of(platform, "ecr_layer", len(LAYER)))
    assert path
    os.truncate(path, 1000)
    assert scrubbed() == {name_of(ecr, "own", digest_of(LAYER)): CHANGED}


def test_parts_of_an_upload_in_progress_are_read(
    registry: Registry, repository: str, platform: Platform, loop: Loop, scrubbed: Scrubbed
) -> None:
    begun = registry.ask("POST", f"/v2/{repository}/blobs/uploads/")
    registry.ask("PATCH", begun.headers["location"], LAYER)
    loop.run(platform.objects.delete(place_of(platform, "ecr_upload_part", len(LAYER))))
    ((name, reason),) = scrubbed().items()
    assert name.startswith("bytes from 0 on of the upload ")
    assert reason == MISSING


@pytest.mark.parametrize(
    ("column", "value"), [("sizes", "no JSON"), ("cipher", 99), ("digest", "sha256:nothing")]
)
def test_a_row_that_says_nonsense_does_not_stop_the_pass(
    registry: Registry, repository: str, platform: Platform, scrubbed: Scrubbed, column: str, value: Any
) -> None:
    registry.push_blob(repository, LAYER)
    other = os.urandom(200_000)
    registry.push_blob(repository, other)
    scrubbing.flip(platform, place_of(platform, "ecr_layer", len(other)), 5)
    with platform.store.write() as tx:
        tx.sql(f"update ecr_layer set {column} = ? where digest = ?", value, digest_of(LAYER))
    found = [reason.split(" (")[0] for reason in scrubbed().values()]
    assert sorted(found) == sorted([CHANGED, "the bytes cannot be read"])
