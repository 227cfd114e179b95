"""The home on the disk, and the two doors of the local API that only the first account's root may open."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.security.signed import signed
from tests.support.live import Live, make_role, short_folder
from tests.support.live_jobs import put_script, script_job
from tests.support.waiting import until


def test_nothing_in_the_home_is_open_to_others(live: Live) -> None:
    """What is in a run's folder, in an image's layers and in functions' code is laid out for programs that may run as somebody
    else; their folders are closed at the top."""
    insides = [live.home.path / name for name in ("images/layers", "functions/code")]
    open_ones = []
    for folder, folders, files in os.walk(live.home.path):
        if Path(folder) in insides:
            folders.clear()
            continue
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            if stat.S_IMODE(os.lstat(path).st_mode) & 0o077 and not os.path.islink(path):
                open_ones.append(os.path.relpath(path, live.home.path))
        if os.path.basename(folder) in ("runs", "trash"):
            folders.clear()
    assert open_ones == []
    assert stat.S_IMODE(live.home.path.stat().st_mode) == 0o700


def test_the_port_is_open_to_this_machine_only(live: Live) -> None:
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    mine = [address for address in listening if address.endswith(f":{live.port:04X}")]
    assert mine == [f"0100007F:{live.port:04X}"]


def test_reset_is_refused_unless_it_was_allowed(live: Live, s3: object) -> None:
    status, _, said = signed(live, "clary", "POST", "/_clary/reset").send(live)
    assert (status, b"--allow-reset" in said) == (403, True)
    assert "data" in [b["Name"] for b in live.client("s3").list_buckets()["Buckets"]]


@pytest.mark.parametrize("way", ["unsigned", "wrong secret", "old"])
def test_status_is_for_the_root_alone(live: Live, way: str) -> None:
    request = signed(
        live,
        "clary",
        "GET",
        "/_clary/status",
        secret="wrong" if way == "wrong secret" else "",
        minutes_ago=20 * (way == "old"),
    )
    if way == "unsigned":
        request = request.evolve(headers={})
    assert request.send(live)[0] in (400, 403)


def test_reset_wipes_for_the_root_and_for_nobody_else() -> None:
    folder = short_folder()
    live = Live(folder / "home", "--allow-reset").start()
    try:
        before = live.identity
        live.client("s3").create_bucket(Bucket="data")
        put_script(live, "import time\ntime.sleep(600)")
        live.client("sagemaker").create_training_job(**script_job(make_role(live), "running"))
        until(lambda: live.pids("/training-job-running"))
        assert signed(live, "clary", "POST", "/_clary/reset", secret="wrong").send(live)[0] in (400, 403)
        assert signed(live, "clary", "POST", "/_clary/reset").evolve(headers={}).send(live)[0] == 403
        assert live.client("s3").list_buckets()["Buckets"]
        assert signed(live, "clary", "POST", "/_clary/reset").send(live)[0] == 200
        assert live.client("s3").list_buckets()["Buckets"] == []
        assert live.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
        assert list((live.home.path / "runs").iterdir()) == []
        # docs/how-to/reset.md: it stops all jobs. The process beside one ends a moment after its folder is gone.
        until(lambda: live.pids("/training-job-running") == [], 5)
        assert live.identity == before
    finally:
        live.clear()
        folder.rmdir()
