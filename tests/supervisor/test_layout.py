"""What a run brings with pip is the run's own, whatever keeps it apart from the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.executors import Bench

# A wheel is an archive with three files that describe it
# (https://packaging.python.org/en/latest/specifications/binary-distribution-format/).
GREET = """
import os, subprocess, sys, tempfile, zipfile
name = tempfile.mkdtemp() + "/greet-1.0-py3-none-any.whl"
with zipfile.ZipFile(name, "w") as wheel:
    wheel.writestr("greet.py", "WORD = 'hello'")
    info = "greet-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: greet\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "--no-index", name])
import greet
base = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
print(greet.WORD, greet.__file__ == base + "/packages/greet.py")
"""
FIND = "import importlib.util as u; print([bool(u.find_spec(name)) for name in ('greet', 'clary_programs')])"


@pytest.fixture(params=["bubblewrap", "unshare", "none"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    try:
        return Bench(tmp_path / "home", request.param)
    except RuntimeError as error:
        pytest.skip(str(error))


def test_pip_installs_for_one_run_alone(bench: Bench) -> None:
    assert bench.run("{python}", "-c", GREET).exit_code == 0, bench.text()
    assert bench.text() == "hello True\n"
    bench.run("{python}", "-c", FIND, run_id="other")
    assert bench.text("other") == "[False, True]\n"


def test_any_program_finds_the_libraries_of_awss_images(bench: Bench) -> None:
    """Also a processing job's own command, as in AWS's images."""
    script = "from sagemaker_inference import utils; print(utils.parse_accept('a/b, c/d'))"
    bench.run("{python}", "-c", script)
    assert bench.text() == "['a/b', 'c/d']\n"


def test_a_runs_own_pythonpath_comes_first(bench: Bench) -> None:
    script = "import sys; print([path for path in sys.path if path.endswith(('mine', 'packages'))])"
    bench.run("{python}", "-c", script, env={"PYTHONPATH": "/mine"})
    mine, packages = bench.text().strip("[]\n").replace("'", "").split(", ")[:2]
    assert mine == "/mine"
    assert packages.endswith("ml/packages")


def test_a_run_may_choose_another_target(bench: Bench) -> None:
    bench.run("sh", "-c", "echo $PIP_TARGET", env={"PIP_TARGET": "/opt/ml/model/lib"})
    assert bench.text() == "/opt/ml/model/lib\n"


def test_a_command_finds_its_script_below_opt_ml_whatever_keeps_jobs_apart(bench: Bench) -> None:
    """A processing job's entry point names it so (developer guide, "Build your own processing container")."""
    script = "/opt/ml/processing/input/code/hello.sh"
    done = bench.run(
        "sh",
        script,
        "/opt/ml/processing/input",
        "plain",
        files={"processing/input/code/hello.sh": "ls $1; echo $2"},
    )
    assert done.exit_code == 0, bench.text()
    assert bench.text() == "code\nplain\n"
