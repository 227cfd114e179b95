"""`sagemaker_containers`: its environments, the transformer and its web application.

Source of names, texts and values: aws/sagemaker-containers 2.8.6, the module of each test's name.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.programs.toolkit.job import Job


def call(
    application: Callable[..., Any], body: bytes = b"", path: str = "/invocations", **headers: str
) -> tuple[str, dict[str, str], bytes]:
    """One request to a WSGI application: status, headers and body of the answer."""
    told: list[Any] = []
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items() if name != "content_type"}
    environ = {
        **named,
        "REQUEST_METHOD": "POST" if path == "/invocations" else "GET",
        "PATH_INFO": path,
        "CONTENT_TYPE": headers.get("content_type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    parts = application(environ, lambda status, found: told.extend((status, dict(found))))
    return told[0], told[1], b"".join(parts)


def test_a_failure_file_is_written_anew(job: Job) -> None:
    """`_files.write_failure_file` opens the file for writing; only the training toolkit leaves one that is there."""
    from sagemaker_containers.beta.framework import files

    for reason in ("the first reason", "the second reason"):
        files.write_failure_file(reason)
        assert job.failure == reason


def test_the_training_environment(job: Job) -> None:
    import sagemaker_containers
    from sagemaker_containers.beta import framework

    env = sagemaker_containers.training_env()
    assert (env.hosts, env.hyperparameters, env.to_cmd_args()) == (
        ["algo-1"],
        {"epochs": 3},
        ["--epochs", "3"],
    )
    variables = env.to_env_vars()
    assert (variables["SM_HP_EPOCHS"], variables["SM_CURRENT_HOST"]) == ("3", "algo-1")
    assert json.loads(variables["SM_TRAINING_ENV"]) == dict(env)
    # Instance groups came with the training toolkit.
    assert "current_instance_group" not in dict(env)
    assert framework.training_env(hyperparameters={"a": 1}).hyperparameters == {"a": 1}
    with pytest.raises(AttributeError):
        env.nothing_of_this_name  # noqa: B018


def test_the_serving_environment(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    from sagemaker_containers.beta.framework import env

    plain = env.ServingEnv()
    assert (plain.default_accept, plain.http_port, plain.model_server_timeout, plain.use_nginx) == (
        *("application/json", "8080", 60, True),
    )
    assert (plain.module_name, plain.safe_port_range, plain.model_server_workers) == (
        None,
        None,
        os.cpu_count(),
    )
    for name, value in {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_BIND_TO_PORT": "9000",
        "SAGEMAKER_USE_NGINX": "false",
        "SAGEMAKER_MODEL_SERVER_WORKERS": "2",
    }.items():
        monkeypatch.setenv(name, value)
    asked = env.ServingEnv()
    assert (asked.module_name, asked.http_port, asked.use_nginx, asked.model_server_workers) == (
        *("inference", "9000", False, 2),
    )
    assert dict(asked)["model_dir"] == f"{job.base}/model"


def test_responses(job: Job) -> None:
    from sagemaker_containers.beta.framework import worker

    answer = worker.Response('{"a": 1}')
    assert (answer.status, answer.mimetype, answer.get_json()) == ("200 OK", "application/json", {"a": 1})
    answer = worker.Response([b"a", "b"], status="418 teapot", headers={"X-A": "1"}, mimetype="text/csv")
    assert (answer.status_code, answer.data, answer.get_data(as_text=True)) == (418, b"ab", "ab")
    answer.data = "c"
    status, headers, body = call(answer)
    assert (status, headers["X-A"], headers["Content-Length"], body) == ("418 I'm a Teapot", "1", "1", b"c")
    with pytest.warns(DeprecationWarning, match='ignoring deprecated "accept" argument'):
        worker.Response("", "text/csv")


def test_requests(job: Job) -> None:
    from sagemaker_containers.beta.framework import worker

    with pytest.raises(RuntimeError, match="Working outside of request context"):
        worker.Request()
    environ = {
        "CONTENT_TYPE": "text/csv",
        "CONTENT_LENGTH": "3",
        "wsgi.input": io.BytesIO(b"1,2"),
        "HTTP_ACCEPT": "*/*",
    }
    request = worker.Request(environ)
    assert (request.content, request.content_type, request.accept) == ("1,2", "text/csv", "application/json")
    assert dict(request)["data"] == b"1,2"
    assert worker.Request({"HTTP_X": "y"}).content_type == "application/json"


def test_a_model_behind_the_web_application(job: Job) -> None:
    from sagemaker_containers.beta.framework import transformer, worker

    model = transformer.Transformer(model_fn=lambda folder: 10, predict_fn=lambda data, model: data * model)
    application = worker.Worker(
        model.transform, model.initialize, "m", execution_parameters_fn=lambda: worker.Response('{"Max": 1}')
    )
    assert call(application, b"[1, 2]", content_type="application/json") == (
        "200 OK",
        {"Content-Type": "application/json", "Content-Length": "8"},
        b"[10, 20]",
    )
    assert (
        call(application, b"1,2\n3,4", content_type="text/csv", accept="text/csv")[2]
        == b"10.0,20.0\n30.0,40.0\n"
    )
    assert call(application, path="/ping")[0] == "200 OK"
    assert call(application, path="/execution-parameters")[2] == b'{"Max": 1}'
    assert call(application, path="/other")[0] == "404 Not Found"
    status, _, body = call(application, b"", content_type="a/b")
    assert (status, json.loads(body)["error"]) == ("415 Unsupported Media Type", "UnsupportedFormatError")
    assert call(application, b"[1]", accept="a/b")[0] == "406 Not Acceptable"


def test_what_a_users_function_raises(job: Job) -> None:
    from sagemaker_containers.beta.framework import errors, transformer, worker

    def broken(*_: object) -> None:
        raise OSError("no disk")

    with pytest.raises(errors.ClientError, match="no disk"):
        transformer.Transformer(model_fn=broken).initialize()
    with pytest.raises(NotImplementedError, match="Please provide a model_fn implementation"):
        transformer.Transformer().initialize()
    with pytest.raises(ValueError, match="Cannot use transform_fn implementation with input_fn"):
        transformer.Transformer(transform_fn=broken, predict_fn=broken)
    whole = transformer.Transformer(transform_fn=lambda model, content, *kinds: (content, "text/plain"))
    assert call(worker.Worker(whole.transform), b"abc", content_type="x/y")[2] == b"abc"
    status, _, body = call(worker.Worker(transformer.Transformer(transform_fn=broken).transform), b"")
    assert (status, b"no disk" in body) == ("500 Internal Server Error", True)


def test_modules_of_the_user(job: Job, tmp_path: Path) -> None:
    from sagemaker_containers.beta.framework import errors, modules

    (tmp_path / "users_model.py").write_text("ANSWER = 1\n")
    (tmp_path / "train.py").write_text(
        "import sys\nopen('said', 'w').write(sys.argv[1])\nsys.exit(int(sys.argv[1]))"
    )
    with pytest.warns(DeprecationWarning, match="the cache parameter is unnecessary anymore"):
        assert modules.import_module(str(tmp_path), "users_model", cache=True).ANSWER == 1
    assert modules.run_module(str(tmp_path), ["0"], {"A": "b"}, "train").returncode == 0
    assert (job.base / "code" / "said").read_text() == "0"
    with pytest.raises(errors.ExecuteUserScriptError) as raised:
        modules.run("train", ["5"])
    assert str(raised.value) == f'ExecuteUserScriptError:\nCommand "{sys.executable} -m train 5"'
    assert raised.value.return_code == 5


def test_an_entry_point(job: Job, tmp_path: Path) -> None:
    from sagemaker_containers import entry_point
    from sagemaker_containers.beta.framework import errors

    (tmp_path / "train.py").write_text("raise ValueError('no data')")
    with pytest.raises(errors.ExecuteUserScriptError, match="ValueError: no data"):
        entry_point.run(str(tmp_path), "train.py", [], capture_error=True)


def test_ports(job: Job) -> None:
    from sagemaker_containers.beta.framework import server

    assert server.next_safe_port("1000-2000") == "1000"
    assert server.next_safe_port("1000-2000", after="1500") == "1501"
    with pytest.raises(
        ValueError, match="2001 is outside of the acceptable port range for SageMaker: 1000-2000"
    ):
        server.next_safe_port("1000-2000", after="2000")


def test_scikit_learns_own_functions(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sagemaker_sklearn_container import exceptions, serving

    assert serving.default_input_fn("1,2\n", "text/csv").dtype == "float32"
    with pytest.raises(NotImplementedError, match="model_fn"):
        serving.default_model_fn("")
    (tmp_path / "users_sklearn.py").write_text(
        "class Model:\n    predict = staticmethod(lambda rows: rows.sum(axis=-1))\ndef model_fn(folder):\n    return Model()\n"
    )
    (tmp_path / "mixed_sklearn.py").write_text("model_fn = input_fn = transform_fn = print\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "users_sklearn.py")
    assert call(serving.main, b"1,2\n3,4", content_type="text/csv")[2] == b"[3.0, 7.0]"
    with pytest.raises(exceptions.UserError, match="Cannot use transform_fn implementation with input_fn"):
        serving.import_module("mixed_sklearn", "")
