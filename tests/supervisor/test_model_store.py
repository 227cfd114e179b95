"""The models of a multi-model container: fetched from S3 whole or not at all, and not more than fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clary_supervisor.model_store import ModelStore, NoRoom, NotFetched
from tests.support.archives import EVIL, archive
from tests.support.stub_s3 import StubS3

NAME = "0" * 32


class Place:
    """A host's folder, and a store over it. `volume` is its size in bytes, 0 for that of the disk."""

    def __init__(self, run: Path, s3: StubS3, volume: int = 0) -> None:
        self.ml = run / "hosts/algo-1/ml"
        self.ml.mkdir(parents=True, exist_ok=True)
        spec: dict[str, Any] = {
            "credentials_uri": "",
            "credentials_token": "",
            "endpoint": "",
            "region": "us-east-1",
            **s3.spec(),
            "image": {"models": "s3://b/models/"},
            "resources": {"volume": volume},
        }
        self.store = ModelStore(str(run), "algo-1", spec)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.ml.rglob("*") if path.is_file())


@pytest.fixture
def place(tmp_path: Path, s3: StubS3) -> Place:
    return Place(tmp_path, s3)


def test_an_archive_below_the_prefix_becomes_a_folder(place: Place, s3: StubS3) -> None:
    s3.put("s3://b/models/deep/m.tar.gz", archive(("code/x", b"1")))
    place.store.fetch(NAME, "deep/m.tar.gz")
    assert (place.ml / "models" / NAME / "model/code/x").read_bytes() == b"1"
    assert place.store.names() == [NAME]
    s3.put("s3://b/models/deep/m.tar.gz", archive(("code/x", b"2")))
    place.store.fetch(NAME, "deep/m.tar.gz")
    assert (place.ml / "models" / NAME / "model/code/x").read_bytes() == b"1", "it is here already"
    place.store.remove(NAME)
    assert (place.store.names(), place.left()) == ([], [])


def test_what_is_not_there_leaves_nothing(place: Place) -> None:
    with pytest.raises(
        NotFetched, match=r"Failed to download model data\(bucket: b, key: models/none.tar.gz\)\."
    ):
        place.store.fetch(NAME, "none.tar.gz")
    assert not (place.ml / "models" / NAME).exists()


@pytest.mark.parametrize("kind", EVIL)
def test_an_archive_that_would_do_harm_leaves_nothing(place: Place, s3: StubS3, kind: str) -> None:
    s3.put("s3://b/models/m.tar.gz", EVIL[kind])
    with pytest.raises(NotFetched, match="Failed to extract model data archive"):
        place.store.fetch(NAME, "m.tar.gz")
    assert not (place.ml / "models" / NAME).exists()


def test_what_an_earlier_bridge_left_half_is_begun_again(place: Place, s3: StubS3) -> None:
    half = place.ml / "models" / NAME / "part"
    half.mkdir(parents=True)
    (half / "old").write_text("half")
    assert place.store.names() == []
    s3.put("s3://b/models/m.tar.gz", archive(("new", b"1")))
    place.store.fetch(NAME, "m.tar.gz")
    assert place.left() == ["new"]


def test_models_have_nine_tenths_of_a_volume_together(tmp_path: Path, s3: StubS3) -> None:
    place = Place(tmp_path, s3, volume=1_000_000)
    s3.put("s3://b/models/m.tar.gz", archive(("x", b"x" * 600_000)))
    place.store.fetch(NAME, "m.tar.gz")
    with pytest.raises(NoRoom, match="holds more than"):
        place.store.fetch("1" * 32, "m.tar.gz")
    assert place.store.names() == [NAME]
    place.store.remove(NAME)
    place.store.fetch("1" * 32, "m.tar.gz")


def test_a_link_of_the_program_leads_nowhere(place: Place, s3: StubS3, tmp_path: Path) -> None:
    """The program is root in its sandbox, and may put anything into /opt/ml/models."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    (place.ml / "models").symlink_to(outside)
    s3.put("s3://b/models/m.tar.gz", archive(("x", b"1")))
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        place.store.fetch(NAME, "m.tar.gz")
    place.store.remove("mine")
    assert [path.name for path in outside.iterdir()] == ["mine"]
