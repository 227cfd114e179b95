"""Script mode as a real process (aws/sagemaker-training-toolkit: entry_point.py, process.py, trainer.py)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from clary_programs.toolkit.errors import CalledProcessError
from tests.programs.toolkit.job import SRC, Job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml")


def test_the_script_gets_arguments_variables_and_its_own_folder(job: Job) -> None:
    script = (
        "import sys, os, json, lib.answer\n"
        "print(json.dumps([sys.argv[1:], os.getcwd(), os.environ['SM_CHANNEL_TRAIN'], lib.answer.VALUE]))\n"
        "open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('model')\n"
    )
    job.hyperparameters = {"alpha": 0.5, "note": "quotes 'and' spaces é", "n": 2}
    job.code({"train.py": script, "lib/__init__.py": "", "lib/answer.py": "VALUE = 42"}, "train.py")
    done = job.run()
    assert done.returncode == 0, done.stderr
    arguments, cwd, channel, value = json.loads(done.stdout)
    assert arguments == ["--alpha", "0.5", "-n", "2", "--note", "quotes 'and' spaces é"]
    assert cwd == str(job.base / "code")
    assert channel == str(job.base / "input/data/train")
    assert value == 42
    assert (job.base / "model" / "m").read_text() == "model"
    assert (job.base / "output" / "success").exists()
    assert not (job.base / "output" / "failure").exists()
    assert "Invoking user script" in done.stderr
    assert "Reporting training SUCCESS" in done.stderr


def test_a_failing_script_leaves_its_own_words_and_its_exit_code(job: Job) -> None:
    """The text is the toolkit's: class, ExitCode, ErrorMessage, Command (errors.py)."""
    job.code({"train.py": "raise RuntimeError('deliberate failure 4711')\n"}, "train.py")
    done = job.run()
    assert done.returncode == 1
    lines = job.failure.splitlines()
    assert lines[:2] == ["ExecuteUserScriptError:", "ExitCode 1"]
    assert lines[2].startswith('ErrorMessage "')
    assert "RuntimeError: deliberate failure 4711" in job.failure[:1024]
    assert lines[-1] == f'Command "{sys.executable} train.py"'
    assert "Traceback (most recent call last)" in done.stderr, "the script's stderr passes through"


@pytest.mark.parametrize("own", [b"bad input: column seven is empty", b"", b"\xe9\xff no UTF-8", b"x" * 5000])
def test_a_failure_file_of_the_scripts_own_stays(job: Job, own: bytes) -> None:
    """aws/sagemaker-training-toolkit, issue 111 and pull request 118: `files.write_failure_file` writes only if there
    is no such file."""
    script = (
        f"import os, sys\nopen(os.environ['SM_OUTPUT_DIR'] + '/failure', 'wb').write({own!r})\nsys.exit(4)\n"
    )
    job.code({"train.py": script}, "train.py")
    done = job.run()
    assert done.returncode == 4
    assert (job.base / "output" / "failure").read_bytes() == own
    assert "ExecuteUserScriptError" in done.stderr, "the log still says what the toolkit has to say"


def test_a_failure_file_that_is_a_link_stays_a_link(job: Job, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    script = f"import os, sys\nos.symlink({str(elsewhere)!r}, os.environ['SM_OUTPUT_DIR'] + '/failure')\nsys.exit(4)\n"
    job.code({"train.py": script}, "train.py")
    assert job.run().returncode == 4
    assert not elsewhere.exists(), "the toolkit's reason is not written through the link"


def test_a_failure_file_does_not_make_a_job_fail(job: Job) -> None:
    """The developer guide: the exit code says whether a job has succeeded."""
    job.code(
        {"train.py": "import os; open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('x')"}, "train.py"
    )
    assert job.run().returncode == 0
    assert job.failure == "x"
    assert (job.base / "output" / "success").exists()


def test_the_scripts_exit_code_is_the_jobs(job: Job) -> None:
    job.code({"train.py": "import sys; print('no luck', file=sys.stderr); sys.exit(7)"}, "train.py")
    assert job.run().returncode == 7
    assert "ExitCode 7" in job.failure
    assert "no luck" in job.failure


def test_a_killed_script_is_reported_as_out_of_memory(job: Job) -> None:
    job.code({"train.py": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"}, "train.py")
    assert job.run().returncode == 137
    assert "OutOfMemory: Process killed by SIGKILL (signal 9)" in job.failure


def test_a_shell_script_is_run_by_the_shell_with_quoted_arguments(job: Job) -> None:
    job.hyperparameters = {"note": "two words; echo injected"}
    job.code({"train.sh": '#!/bin/sh\necho "got=$2" "$SM_CURRENT_HOST"\n'}, "train.sh")
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout == "got=two words; echo injected algo-1\n"


def test_a_missing_script_is_a_clear_failure(job: Job) -> None:
    job.code({"other.py": ""}, "train.py")
    assert job.run().returncode == 1
    assert "the entry point train.py is not in the code folder" in job.failure


def test_an_entry_point_outside_the_code_folder_is_refused(job: Job) -> None:
    (job.base / "secret.py").write_text("print('ran')")
    job.code({"train.py": ""}, "../secret.py")
    done = job.run()
    assert done.returncode == 1
    assert "ran" not in done.stdout


def test_sigterm_reaches_the_script(job: Job) -> None:
    """AWS stops a job by SIGTERM, 120 seconds before SIGKILL (API StopTrainingJob)."""
    script = (
        "import signal, sys, time\n"
        "def stop(*_):\n    print('saved', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\nprint('up', flush=True)\nwhile True: time.sleep(0.05)\n"
    )
    job.code({"train.py": script}, "train.py")
    command = [sys.executable, "-m", "clary_programs.toolkit.train"]
    with subprocess.Popen(
        command, env=job.variables(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == b"saved\n"
        assert process.wait(timeout=30) == 0


def test_output_arrives_while_the_script_runs(job: Job) -> None:
    job.code({"train.py": "import sys\nprint('first')\nsys.stdin.read()\nprint('last')"}, "train.py")
    command = [sys.executable, "-m", "clary_programs.toolkit.train"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=job.variables(), **pipes) as process:
        assert process.stdout.readline() == b"first\n"
        process.stdin.close()
        assert process.stdout.read() == b"last\n"


def test_a_last_line_without_end_stays_a_line_of_its_own(job: Job) -> None:
    """A metric that is read from it must not go on with the digits of the toolkit's next line."""
    job.code({"train.py": "import sys\nsys.stdout.write('loss=5')"}, "train.py")
    command = [sys.executable, "-m", "clary_programs.toolkit.train"]
    both = subprocess.run(command, env=job.variables(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert b"loss=5" in both.stdout.split(b"\n")


def test_a_training_module_is_called_in_place_of_a_script(job: Job, tmp_path: Path) -> None:
    (tmp_path / "framework.py").write_text(
        "import os\ndef main():\n    print('called', os.environ['SM_CURRENT_HOST'])\n"
    )
    job.environ = {"SAGEMAKER_TRAINING_MODULE": "framework:main"}
    variables = job.variables()
    job.environ["PYTHONPATH"] = f"{variables['PYTHONPATH']}:{tmp_path}"
    done = job.run()
    assert (done.returncode, done.stdout) == (0, "called algo-1\n")


def test_a_training_module_that_raises_is_a_framework_error(job: Job, tmp_path: Path) -> None:
    (tmp_path / "framework.py").write_text("def main():\n    raise ValueError('bad frame')\n")
    job.environ = {"SAGEMAKER_TRAINING_MODULE": "framework:main"}
    job.environ["PYTHONPATH"] = f"{job.variables()['PYTHONPATH']}:{tmp_path}"
    assert job.run().returncode == 1
    assert job.failure.startswith("framework error: \n")
    assert "bad frame" in job.failure


def test_a_training_module_keeps_its_own_reason(job: Job, tmp_path: Path) -> None:
    folder = tmp_path / "framework"
    folder.mkdir()
    (folder / "own_framework.py").write_text(
        "import os\ndef main():\n    open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('mine')\n    1 / 0\n"
    )
    job.environ = {"SAGEMAKER_TRAINING_MODULE": "own_framework:main", "PYTHONPATH": f"{folder}:{SRC}"}
    assert job.run().returncode == 1
    assert job.failure == "mine"


def test_requirements_that_are_met_start_no_pip(job: Job) -> None:
    job.code(
        {
            "train.py": "",
            "requirements.txt": "# ours\nboto3>=1  # the SDK\n\nnot-for-us; python_version < '3'\n",
        },
        "train.py",
    )
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert "already satisfied" in done.stderr
    assert "pip install" not in done.stderr


def test_requirements_that_cannot_be_had_fail_the_job_with_pips_words(job: Job) -> None:
    job.environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    job.code({"train.py": "", "requirements.txt": "surely-not-a-package==9.9\n"}, "train.py")
    done = job.run()
    assert done.returncode == 1
    assert "Installing dependencies from requirements.txt" in done.stderr
    assert job.failure.startswith("InstallRequirementsError:")
    assert "surely-not-a-package" in job.failure


def test_the_requirements_of_a_command_are_not_installed(job: Job) -> None:
    """`install` of sagemaker-training-toolkit's entry_point.py has those of programs and packages alone. The SDK's step that
    repacks a model is a command, beside the requirements of the model (_verify_repack_output in the SDK's tests)."""
    job.code({"run.sh": "echo REPACKED", "requirements.txt": "surely-not-a-package==9.9\n"}, "run.sh")
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert "REPACKED" in done.stdout
    assert "Installing" not in done.stderr


def wheel_of(folder: Path, name: str, code: str) -> None:
    """A wheel (PyPA's binary distribution format 1.0) of a single module."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


def test_what_is_missing_is_added_for_this_job_alone(job: Job, tmp_path: Path) -> None:
    wheel_of(tmp_path, "tiny_layer", "VALUE = 17")
    job.environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    job.code(
        {"train.py": "import tiny_layer; print(tiny_layer.VALUE)", "requirements.txt": "tiny_layer\n"},
        "train.py",
    )
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "17"
    probe = subprocess.run([sys.executable, "-c", "import tiny_layer"], capture_output=True, check=False)
    assert probe.returncode != 0, "the shared interpreter is unchanged"


def test_a_package_is_installed_and_run_as_a_module(job: Job) -> None:
    setup = "from setuptools import setup\nsetup(name='mine', version='1', py_modules=['mine'])"
    job.environ = {"PIP_NO_INDEX": "1"}
    job.hyperparameters = {"a": 1}
    job.code({"setup.py": setup, "mine.py": "import sys; print(__name__, sys.argv[1:])"}, "mine.py")
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "__main__ ['-a', '1']"


def test_the_error_text_is_the_toolkits() -> None:
    error = CalledProcessError("ExecuteUserScriptError", "python t.py", 3, "boom")
    assert str(error) == 'ExecuteUserScriptError:\nExitCode 3\nErrorMessage "boom"\nCommand "python t.py"'
