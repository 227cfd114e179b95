"""The whole demo, over a platform of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clary.cli.home import Home

pytestmark = pytest.mark.slow

_DEMO = [sys.executable, "-m", "clary.cli.main", "demo"]


def _demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_DEMO, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=240
    )


def _runs_of(home: Path) -> list[str]:
    """Command lines of processes that belong to a home."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if str(home).encode() in words:
            found.append(words.replace(b"\0", b" ").decode())
    return found


def test_the_bundled_data_goes_all_the_way_and_nothing_is_left(tmp_path: Path) -> None:
    done = _demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9/9 Monitoring schedule" in done.stdout
    assert "baseline_drift_check" in done.stdout
    page = (tmp_path / "clary-demo/report.html").read_text()
    for words in ("Learning curve", "Predicted against actual", "Drift of each column", "CreateTrainingJob"):
        assert words in page
    assert list((tmp_path / "clary-demo").iterdir()) == [tmp_path / "clary-demo/report.html"]
    assert _runs_of(tmp_path / "clary-demo") == []


def test_a_users_classes_go_all_the_way(tmp_path: Path) -> None:
    rows = [
        f"{n % 37 + n % 7 * 0.1:.1f};{n % 11};{('low', 'middle', 'high')[n % 37 // 13]}" for n in range(400)
    ]
    (tmp_path / "mine.csv").write_text("\n".join(("a;b;level", *rows)))
    done = _demo(tmp_path, "--data", "mine.csv", "--target", "level")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "multiclass classification" in done.stdout
    assert "majority class" in done.stdout


def test_a_step_that_fails_is_named_with_its_reason_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("\n".join(("a,y", *(f"{n * 1.5},text {n}" for n in range(60)))))
    done = _demo(tmp_path, "--data", "mine.csv", "--target", "y", "--home", "kept")
    assert done.returncode == 1
    assert "step 2 of 9 (Processing job) failed" in done.stdout
    assert "neither numbers nor at most 20 classes" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert Home(tmp_path / "kept").processes() == {}
    assert _runs_of(tmp_path / "kept") == []


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    child = subprocess.Popen(
        _DEMO,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        # Where a shell has put the tests into the background, children would ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert child.stdout
    for line in child.stdout:
        if "1/9" in line:
            break
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert child.returncode == 130
    assert _runs_of(tmp_path / "clary-demo") == []


@pytest.mark.parametrize("words", [["--data", "x.csv"], ["--target", "y"]])
def test_half_a_question_is_a_usage_error(tmp_path: Path, words: list[str]) -> None:
    done = _demo(tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr == "clary: --data FILE.csv and --target COLUMN go together\n"
    assert not (tmp_path / "clary-demo").exists()


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "clary-demo").write_text("in the way")
    done = _demo(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"clary: {tmp_path}/clary-demo cannot be made (")
