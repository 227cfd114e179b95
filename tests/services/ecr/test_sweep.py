"""The sweep deletes what nobody needs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.plane.upkeep.garbage import GRACE
from clary.services.ecr.sweep import UNUSED_AGE, sweep
from clary.services.s3.sweep import sweep as sweep_objects
from tests.inprocess import Loop
from tests.services.ecr.conftest import CONFIG, Registry, digest_of

LAYER = b"layer" * 50_000
Age = Callable[[float], None]


@pytest.fixture
def swept(platform: Platform, loop: Loop) -> Any:
    return lambda **how: loop.run(sweep(platform, **how))


@pytest.fixture
def age(platform: Platform) -> Age:
    """Let everything be so many seconds older. The clock stays: tokens and signatures hold."""

    def make(seconds: float) -> None:
        with platform.store.write() as tx:
            for table, column in (("layer", "touched"), ("upload", "touched"), ("garbage", "since")):
                tx.sql(f"update ecr_{table} set {column} = {column} - ?", seconds)

    return make


def blobs(platform: Platform) -> int:
    return sum(path.is_file() for path in (platform.settings.home / "objects" / "blobs").rglob("*"))


def test_the_layers_of_a_deleted_image_go_a_day_later(
    ecr: Any, registry: Registry, repository: str, platform: Platform, swept: Any, age: Age
) -> None:
    registry.push(repository, "1", LAYER)
    registry.push(repository, "2", b"another")
    ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])
    assert swept().layers == 0
    age(UNUSED_AGE + 1)
    assert swept().layers == 1  # the configuration is the other image's, too
    assert registry.ask("HEAD", f"/v2/{repository}/blobs/{digest_of(LAYER)}").status == 404
    assert blobs(platform) == 1  # somebody may be reading it
    age(GRACE + 1)
    swept()
    assert blobs(platform) == 0
    assert registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(b'another')}").body == b"another"
    assert registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(CONFIG)}").body == CONFIG


def test_a_layer_that_a_client_counts_on_stays(
    registry: Registry, repository: str, swept: Any, age: Age
) -> None:
    digest = registry.push_blob(repository, LAYER)
    age(UNUSED_AGE - 10)
    assert registry.ask("HEAD", f"/v2/{repository}/blobs/{digest}").status == 200
    age(20)
    assert swept().layers == 0
    age(UNUSED_AGE)
    assert swept().layers == 1


def test_bytes_that_another_repository_names_stay(
    ecr: Any, registry: Registry, repository: str, platform: Platform, swept: Any, age: Age
) -> None:
    ecr.create_repository(repositoryName="other")
    for name in (repository, "other"):
        registry.push(name, "1", LAYER)
    ecr.delete_repository(repositoryName=repository, force=True)
    age(GRACE + 1)
    swept()
    assert blobs(platform) == 1
    assert registry.ask("GET", f"/v2/other/blobs/{digest_of(LAYER)}").body == LAYER


def test_an_upload_that_was_given_up_goes(
    registry: Registry, repository: str, platform: Platform, swept: Any, age: Age
) -> None:
    place = registry.ask("POST", f"/v2/{repository}/blobs/uploads/").headers["location"]
    registry.ask("PATCH", place, LAYER)
    age(UNUSED_AGE - 10)
    assert swept().uploads == 0
    age(20)
    assert swept().uploads == 1
    assert registry.ask("GET", place).status == 404
    age(GRACE + 1)
    swept()
    assert blobs(platform) == 0


def test_the_sweep_for_leftovers_of_any_service_leaves_layers_alone(
    platform: Platform, loop: Loop, registry: Registry, repository: str, swept: Any, monkeypatch: Any
) -> None:
    """A sweep that knew the rows of S3 alone would delete every layer."""
    registry.push(repository, "1", LAYER)
    monkeypatch.setattr("clary.plane.upkeep.leftovers.LEFTOVER_AGE", -1.0)
    loop.run(sweep_objects(platform, leftovers=True))
    assert swept(leftovers=True).leftovers == 0
    assert registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(LAYER)}").body == LAYER
    loop.run(platform.objects.put(b"x" * 100_000))
    assert swept(leftovers=True).leftovers == 1
