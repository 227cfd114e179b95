"""`sagemaker_training`: the environment, running entry points, and helpers.

Source of names, texts and values: aws/sagemaker-training-toolkit, the module of each test's name.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.programs.toolkit.job import Job, tarball


def test_the_environment_is_an_object_and_a_dictionary(job: Job) -> None:
    from sagemaker_training import environment

    env = environment.Environment()
    assert env.hyperparameters == {"epochs": 3}
    assert env.additional_framework_parameters == {"sagemaker_mpi_enabled": False}
    assert env.channel_input_dirs == {"train": f"{job.base}/input/data/train"}
    assert (env.hosts, env.current_host, env.is_master, env.master_hostname) == (
        ["algo-1"],
        "algo-1",
        True,
        "algo-1",
    )
    assert (env.job_name, env.model_dir, env.num_cpus) == ("job-1", f"{job.base}/model", os.cpu_count())
    assert (env.to_cmd_args(), env.sagemaker_s3_output()) == (["--epochs", "3"], None)
    assert env["hosts"] == ["algo-1"]
    assert dict(env) == json.loads(env.to_env_vars()["SM_TRAINING_ENV"])
    assert os.environ["SAGEMAKER_REGION"] == "eu-west-1"
    with pytest.raises(KeyError, match="Trying to access non property nothing"):
        env["nothing"]
    with pytest.raises(AttributeError):
        env.hosts = []


def test_an_environment_of_what_is_passed(job: Job) -> None:
    from sagemaker_training.environment import Environment

    env = Environment(
        {"current_host": "b", "hosts": ["a", "b"]}, {"x": {}}, {"lr": 0.5, "sagemaker_program": "t.py"}
    )
    assert (env.current_host, env.is_master, env.hyperparameters) == ("b", False, {"lr": 0.5})
    assert (env.user_entry_point, env.module_name, list(env.channel_input_dirs)) == ("t.py", "t", ["x"])


def test_folders_and_files_of_the_environment(job: Job) -> None:
    from sagemaker_training import environment

    assert environment.code_dir == f"{job.base}/code"
    assert environment.channel_path("train") == f"{job.base}/input/data/train"
    assert environment.read_resource_config() == {"current_host": "algo-1", "hosts": ["algo-1"]}
    assert environment.read_hyperparameters()["epochs"] == 3
    environment.write_env_vars({"SOME_NAME": "x"})
    assert (os.environ["SOME_NAME"], os.environ["PYTHONPATH"]) == ("x", ":".join(sys.path))
    os.remove(environment.resource_config_file_dir)
    with pytest.raises(FileNotFoundError):
        environment.Environment()


SCRIPT = "import os, sys; open(os.environ['SM_MODEL_DIR'] + '/said', 'w').write(' '.join(sys.argv[1:]))"


def test_an_entry_point_runs(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import entry_point, environment

    os.makedirs(environment.model_dir)
    archive = tmp_path / "sourcedir.tar.gz"
    archive.write_bytes(tarball({"train.py": SCRIPT}))
    variables = environment.Environment().to_env_vars()
    done = entry_point.run(str(archive), "train.py", ["--epochs", "3"], variables)
    assert (done.returncode, (job.base / "model" / "said").read_text()) == (0, "--epochs 3")


def test_an_entry_point_that_fails(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import entry_point, errors

    (tmp_path / "train.py").write_text("raise ValueError('no data')")
    with pytest.raises(errors.ExecuteUserScriptError) as raised:
        entry_point.run(str(tmp_path), "train.py", ["-a"], capture_error=True)
    first, code, *_, last = str(raised.value).splitlines()
    assert (first, code) == ("ExecuteUserScriptError:", "ExitCode 1")
    assert 'ValueError: no data"' in str(raised.value)
    assert last == f'Command "{sys.executable} train.py -a"'
    assert isinstance(raised.value, errors.ClientError)
    # No arguments means those of the hyperparameters, as in the toolkit's runner.get.
    with pytest.raises(errors.ExecuteUserScriptError, match=r'ErrorMessage ""\nCommand ".* --epochs 3"'):
        entry_point.run(str(tmp_path), "train.py", [])


def test_a_command_and_what_is_not_waited_for(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import entry_point

    (tmp_path / "go.sh").write_text("#!/bin/sh\necho $1 > ../said\nexit 7\n")
    process = entry_point.run(str(tmp_path), "go.sh", ["a b"], wait=False)
    assert (process.wait(30), (job.base / "said").read_text()) == (7, "a b\n")


def test_runners(job: Job) -> None:
    from sagemaker_training import process, runner

    os.makedirs(job.base / "code")
    found = runner.get(runner.ProcessRunnerType, "train.py", ["-a"], {"B": "c"})
    assert runner.get(found) is found
    assert found._create_command() == [process.python_executable(), "train.py", "-a"]
    launched = runner.get(
        runner.TorchDistributedRunnerType, "train.py", ["-a"], extra_opts={"sagemaker_mpi_num_processes": 2}
    )
    assert launched._create_command()[-6:-2] == ["--nnodes", "1", "--nproc_per_node", "1"]
    assert launched._create_command()[-2:] == ["train.py", "-a"]
    with pytest.raises(ValueError, match="Invalid identifier MPI"):
        runner.get("MPI")


def test_commands(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import errors, process

    assert (
        process.check_error(
            [sys.executable, "-c", ""], errors.ExecuteUserScriptError, 1, str(tmp_path)
        ).returncode
        == 0
    )
    failing = [sys.executable, "-c", "raise SystemExit(3)"]
    with pytest.raises(errors.InstallModuleError, match="ExitCode 3"):
        process.check_error(failing, errors.InstallModuleError, 1, str(tmp_path))
    assert process.create(failing, None, 1, str(tmp_path))[0] == 3
    assert process.process_error_classes([ValueError, "Other"]) == ["ValueError", "Other"]


def test_texts_of_errors(job: Job) -> None:
    from sagemaker_training import errors

    error = errors.InstallModuleError(["python", "-m", "42"], return_code=42)
    assert (
        str(error)
        == "InstallModuleError:\nExitCode 42\nErrorMessage \"\"\nCommand \"['python', '-m', '42']\""
    )
    error = errors.ExecuteUserScriptError("python t.py", 137, b"killed", "OutOfMemory")
    assert str(error).splitlines() == [
        "ExecuteUserScriptError:",
        "ExitCode 137",
        'ErrorMessage "killed"',
        'ExtraInfo "OutOfMemory"',
        'Command "python t.py"',
    ]
    assert (error.cmd, error.return_code, error.output) == ("python t.py", "137", "killed")
    assert "ExitCode None" in str(errors.InstallModuleError("x"))
    assert str(errors.ChannelDoesNotExistError("x")) == "Channel x is not a valid channel"


def test_files(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import files
    from sagemaker_training.errors import ClientError

    (job.base / "output").mkdir()
    files.write_success_file()
    files.write_failure_file("the first reason")
    files.write_failure_file("the second reason")
    assert (job.base / "output" / "success").read_text() == ""
    assert job.failure == "the first reason"
    with files.tmpdir(prefix="abc") as folder:
        files.write_file(f"{folder}/a.json", '{"a": 1}')
        assert (files.read_json(f"{folder}/a.json"), files.read_file(f"{folder}/a.json", "rb")) == (
            {"a": 1},
            b'{"a": 1}',
        )
    assert not os.path.exists(folder)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "mine").touch()
    files.download_and_extract("s3://never/asked", str(tmp_path / "code"))
    assert os.listdir(tmp_path / "code") == ["mine"]
    with pytest.raises(ValueError, match="Expecting 's3' scheme, got: http in"):
        files.s3_download("http://a/b", "c")
    with pytest.raises(ClientError, match="does not exist"):
        files.download_and_extract(str(tmp_path / "none"), str(tmp_path / "other"))


def test_mapping(job: Job) -> None:
    from sagemaker_training import mapping

    variables = mapping.to_env_vars(
        {"model_dir": "/opt/ml/model", "batch-size": 25, "none": None, "raw": b"x"}
    )
    assert variables == {
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_BATCH-SIZE": "25",
        "SM_NONE": "",
        "SM_RAW": "x",
    }
    assert mapping.to_cmd_args({"b": 1, "model_dir": b"/m", "d": {"k": 2, "j": 1}}) == [
        *("-b", "1"),
        *("-d", "j=1,k=2"),
        *("--model_dir", "/m"),
    ]
    split = mapping.split_by_criteria({"sagemaker_x": 1, "y": 2, "z": 3}, keys=["y"], prefix="sagemaker_")
    assert (split.included, split.excluded) == ({"sagemaker_x": 1, "y": 2}, {"z": 3})
    assert mapping.split_by_criteria({"a": 1}) == ({}, {"a": 1})


def test_functions(job: Job) -> None:
    from sagemaker_training import functions

    def train(channel_dirs: object, model_dir: str = "m") -> None:
        raise OSError("deep")

    values = {"channel_dirs": {}, "model_dir": "/m", "other": None}
    assert functions.matching_args(train, values) == {"channel_dirs": {}, "model_dir": "/m"}
    assert functions.matching_args(lambda **all: None, values) == values
    assert functions.getargspec(train) == (["channel_dirs", "model_dir"], None, None, ("m",))
    with pytest.raises(KeyError, match="deep"):
        functions.error_wrapper(train, KeyError)(None)


def test_encoders(job: Job) -> None:
    from sagemaker_training import content_types, encoders, errors

    for kind in (content_types.JSON, content_types.CSV, content_types.NPY):
        array = np.array([[1.5, 2.0], [3.0, 4.0]])
        assert encoders.decode(encoders.encode(array, kind), kind).tolist() == array.tolist()
    assert encoders.csv_to_numpy("1,2\n").tolist() == [1, 2]
    assert encoders.csv_to_numpy('"a, b",2').tolist() == ["a, b", "2"]
    assert encoders.array_to_csv([1, 2]) == "1\n2\n"
    assert encoders.array_to_csv(np.float32([[0.1, 2]])) == "0.1,2.0\n"
    assert encoders.json_to_numpy("[1, 2]", dtype=float).dtype == float
    with pytest.raises(errors.ClientError, match="Error while writing numpy array: could not convert"):
        encoders.csv_to_numpy("a", dtype=float)
    with pytest.raises(errors.ClientError, match="Error while decoding csv:"):
        encoders.csv_to_numpy('"a')
    with pytest.raises(errors.UnsupportedFormatError, match="Content type a/b is not supported"):
        encoders.decode("", "a/b")
    with pytest.raises(ValueError, match="pickle"):
        encoders.npy_to_numpy(_pickled())


def _pickled() -> bytes:
    import io

    file = io.BytesIO()
    np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    return file.getvalue()


def test_rows_as_recordio_protobuf(job: Job) -> None:
    from sagemaker_training.encoders import array_to_recordio_protobuf
    from scipy.sparse import csr_matrix

    from clary_programs.formats.recordio_protobuf import read_recordio_protobuf

    dense = read_recordio_protobuf(
        array_to_recordio_protobuf(np.array([[1, 2], [3, 4]]), np.array([5.0, 6.0]))
    )
    assert (dense.features.tolist(), dense.labels.tolist()) == ([[1, 2], [3, 4]], [5, 6])
    sparse = read_recordio_protobuf(array_to_recordio_protobuf(csr_matrix([[0, 1.5, 0], [2, 0, 0]])))
    assert sparse.features.dense(0).tolist() == [[0, 1.5, 0], [2, 0, 0]]
    with pytest.raises(ValueError, match="Unsupported dtype int8 on array"):
        array_to_recordio_protobuf(np.array([[1]], dtype=np.int8))
    with pytest.raises(ValueError, match=r"Label shape \(3,\) not compatible with array shape \(1, 2\)"):
        array_to_recordio_protobuf(np.array([[1.0, 2.0]]), np.array([1.0, 2.0, 3.0]))


def test_kinds_of_entry_points(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import _entry_point_type as kinds

    assert kinds.get(str(tmp_path), "train.py") is kinds.PYTHON_PROGRAM
    assert kinds.get(str(tmp_path), "train.sh") is kinds.COMMAND
    assert kinds.get(str(tmp_path), "-m train") is kinds.PYTHON_MODULE
    (tmp_path / "setup.py").touch()
    assert kinds.get(str(tmp_path), "train.py") is kinds.PYTHON_PACKAGE


def test_importing_the_users_module(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import errors, modules

    (tmp_path / "users_model.py").write_text("ANSWER = 42\n")
    (tmp_path / "broken_model.py").write_text("import nothing_of_this_name\n")
    assert modules.import_module(str(tmp_path), "users_model").ANSWER == 42
    assert modules.exists("users_model")
    with pytest.raises(errors.ImportModuleError, match="nothing_of_this_name"):
        modules.import_module(str(tmp_path), "broken_model")
    assert not modules.exists("nothing_of_this_name")
    assert not modules.has_requirements(str(tmp_path))
    modules.prepare(str(tmp_path), "users_model")
    assert "users_model" in (tmp_path / "setup.py").read_text()


def test_requirements_that_cannot_be_had(job: Job, tmp_path: Path) -> None:
    from sagemaker_training import errors, modules

    (tmp_path / "requirements.txt").write_text("./no-such-folder\n")
    with pytest.raises(errors.InstallRequirementsError, match="pip install"):
        modules.install_requirements(str(tmp_path), capture_error=True)


def test_the_log_of_an_invocation(job: Job, caplog: pytest.LogCaptureFixture) -> None:
    from sagemaker_training import logging_config

    assert logging_config.get_logger().name == "sagemaker-training-toolkit"
    with caplog.at_level(logging.INFO):
        logging_config.log_script_invocation(["python", "t.py"], {"A": "b"})
    assert "Invoking script with the following command:\n\npython t.py" in caplog.text
    assert '"epochs": 3' in caplog.text
    assert "A=b" in caplog.text


def test_a_time_limit(job: Job) -> None:
    from sagemaker_training import timeout

    # A lock that nobody opens: the signal ends the waiting.
    with (
        pytest.raises(timeout.TimeoutError, match=r"timed out after 0\.01 seconds"),
        timeout.timeout(seconds=0.01),
    ):
        threading.Event().wait(60)
    with timeout.timeout(hours=1):
        pass


def test_intermediate_output_is_copied_until_the_job_ends(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    from sagemaker_training import files, intermediate_output

    monkeypatch.setattr(intermediate_output, "LOOK_SECONDS", 0.001)
    folder = job.base / "output" / "intermediate"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a").write_text("1")
    uploads, seen = [], threading.Event()

    def upload(path: Path) -> None:
        uploads.append((path.name, path.read_text()))
        seen.set()

    watcher = threading.Thread(target=intermediate_output._watch, args=(upload,))
    watcher.start()
    assert seen.wait(30)
    (folder / "b").write_text("2")
    files.write_success_file()
    watcher.join(30)
    assert uploads == [("a", "1"), ("b", "2")]


def test_where_intermediate_output_goes(job: Job) -> None:
    from sagemaker_training import intermediate_output

    assert intermediate_output.start_sync(None, "us-east-1") is None
    assert intermediate_output.start_sync("file:///tmp/x", "us-east-1") is None
    assert (job.base / "output" / "intermediate").is_dir()
    # The folder is there, so that the platform does it.
    assert intermediate_output.start_sync("s3://bucket/x", "us-east-1") is None
    (job.base / "output" / "intermediate").rmdir()
    with pytest.raises(ValueError, match="Expecting 's3' scheme, got: ftp"):
        intermediate_output.start_sync("ftp://bucket/x", "us-east-1")


def test_a_whole_training(job: Job) -> None:
    from sagemaker_training import trainer

    with pytest.raises(SystemExit) as ended:
        trainer.train()
    assert ended.value.code == 1
    assert "neither the hyperparameter sagemaker_program nor SAGEMAKER_PROGRAM names a script" in job.failure


@pytest.mark.parametrize("name", ["sagemaker_sklearn_container", "sagemaker_pytorch_container"])
def test_training_of_the_framework_containers(
    name: str, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    from sagemaker_training import environment

    (tmp_path / "train.py").write_text(SCRIPT)
    os.makedirs(environment.model_dir)
    training = importlib.import_module(f"{name}.training")
    training.train(
        environment.Environment(
            hyperparameters={
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": str(tmp_path),
                "depth": 1,
            }
        )
    )
    assert (job.base / "model" / "said").read_text() == "--depth 1"
