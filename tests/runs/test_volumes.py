"""Which way a run's volume is held to its size."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.runs import volumes
from clary_supervisor import project


# the choice -------------------------------------------------------------------------------------------------------
def test_a_project_quota_is_preferred_where_it_is_enforced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(volumes.os, "geteuid", lambda: 0)
    monkeypatch.setattr(project, "device_of", lambda _: "/dev/disk")
    monkeypatch.setattr(project, "is_enforced", lambda device: device == "/dev/disk")
    found = volumes.survey(tmp_path)
    assert (found.kind, found.device) == ("project", "/dev/disk")
    assert "project quota" in found.describe()


@pytest.mark.parametrize("user", [0, 1000])
def test_without_any_means_it_is_counted_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int
) -> None:
    monkeypatch.setattr(volumes.os, "geteuid", lambda: user)
    monkeypatch.setattr(project, "is_enforced", lambda _: False)
    monkeypatch.setattr(volumes, "which", lambda *_, **__: None)
    found = volumes.survey(tmp_path)
    assert found.kind == "counted"
    assert ("prjquota" if user == 0 else "run as root") in found.describe()
    with pytest.raises(RuntimeError, match="volumes by loop do not work"):
        volumes.survey(tmp_path, "loop")


def test_a_mkfs_that_does_not_work_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(volumes.os, "geteuid", lambda: 0)
    monkeypatch.setattr(volumes, "which", lambda *_, **__: "/bin/false")
    with pytest.raises(RuntimeError):
        volumes.survey(tmp_path, "loop")
    assert list(tmp_path.iterdir()) == []
