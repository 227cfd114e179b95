"""`sagemaker_inference` and the handler services of the framework containers.

Source of names, texts and values: aws/sagemaker-inference-toolkit, the module of each test's name.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clary_programs.libraries import FOLDER
from clary_programs.serving.api import Invocation
from clary_programs.serving.context import Context
from tests.programs.serving.server import Client, variables, wait_for
from tests.programs.toolkit.job import Job


def test_decoding(job: Job) -> None:
    from sagemaker_inference import decoder, errors

    assert decoder.decode("[[1, 2]]", "application/json").tolist() == [[1, 2]]
    csv = decoder.decode("1,2\n3,4", "text/csv")
    assert (csv.tolist(), csv.dtype.kind) == ([[1, 2], [3, 4]], "i")
    assert decoder.decode(b"1.5", "text/csv; charset=utf-8").tolist() == 1.5
    assert decoder.decode("1,a", "text/csv").tolist() == (1, "a")
    with pytest.raises(errors.UnsupportedFormatError) as raised:
        decoder.decode("", "a/b")
    assert (raised.value.status_code, raised.value.message[:39]) == (
        415,
        "Content type a/b is not supported by th",
    )


def test_encoding(job: Job) -> None:
    from sagemaker_inference import encoder, errors

    assert encoder.encode(np.float32([[0.1, 2]]), "text/csv") == "0.1,2.0\n"
    assert encoder.encode([1, 2], "text/csv") == "1\n2\n"
    assert encoder.encode({"a": np.arange(2)}, "application/json") == '{"a": [0, 1]}'
    assert {"application/json", "text/csv", "application/x-npy"} == encoder.SUPPORTED_CONTENT_TYPES
    with pytest.raises(errors.UnsupportedFormatError) as raised:
        encoder.encode([], "a/b")
    assert raised.value.status_code == 406


def test_headers_and_files(job: Job, tmp_path: Path) -> None:
    from sagemaker_inference import utils

    for name in ("Content-Type", "content-type", "ContentType", "contentType"):
        assert utils.retrieve_content_type_header({"accept": "x", name: "a/b"}) == "a/b"
    assert utils.retrieve_content_type_header({"CONTENT-LENGTH": "1"}) is None
    assert utils.parse_accept("text/csv, a/b") == ["text/csv", "a/b"]
    assert utils.remove_crlf("a\r\nb") == "a  b"
    utils.write_file(str(tmp_path / "a"), "text")
    assert utils.read_file(str(tmp_path / "a")) == "text"


def test_the_environment(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    from sagemaker_inference import environment, parameters

    plain = environment.Environment()
    assert (plain.module_name, plain.model_server_timeout, plain.model_server_workers) == (
        "inference",
        60,
        None,
    )
    assert (plain.default_accept, plain.inference_http_port, plain.startup_timeout) == (
        "application/json",
        "8080",
        600,
    )
    assert environment.code_dir == f"{job.base}/model/code"
    monkeypatch.setenv(parameters.USER_PROGRAM_ENV, "mine.py")
    assert environment.Environment().module_name == "mine"


def test_errors(job: Job) -> None:
    from sagemaker_inference import errors

    error = errors.GenericInferenceToolkitError(400)
    assert (error.status_code, error.message, error.phrase) == (400, "Invalid Request", "Invalid Request")
    error = errors.BaseInferenceToolkitError(422, "cannot be read", "Unprocessable")
    assert (error.args, str(error)) == ((422, "cannot be read", "Unprocessable"), "cannot be read")


def test_the_default_handler(job: Job) -> None:
    from sagemaker_inference import default_inference_handler, errors

    handler = default_inference_handler.DefaultInferenceHandler()
    assert handler.default_output_fn([1], "a/b, text/csv;q=0.5") == ("1\n", "text/csv")
    with pytest.raises(errors.UnsupportedFormatError):
        handler.default_output_fn([1], "a/b")
    with pytest.raises(NotImplementedError, match="Please provide a model_fn implementation"):
        handler.default_model_fn("")
    with pytest.raises(NotImplementedError, match="Please provide a predict_fn implementation"):
        handler.default_predict_fn([], None)


USER = """
from sagemaker_inference import errors

def model_fn(model_dir, context):
    return 10

def predict_fn(data, model):
    if data.sum() < 0:
        raise errors.BaseInferenceToolkitError(422, "negative", "Not\\r\\nthis")
    if data.sum() == 0:
        raise OSError("no disk")
    return data * model
"""


@pytest.fixture
def user(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's module that can be imported."""
    (tmp_path / "users_inference.py").write_text(USER)
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "users_inference.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("users_inference", None)
    return tmp_path


def _ask(service: Any, body: bytes, **headers: str) -> tuple[Any, Context]:
    context = Context("/model", {"content-type": "application/json", **headers})
    (answer,) = service.transform([{"body": body}], context)
    return answer, context


@pytest.mark.usefixtures("user")
def test_a_users_module_as_a_service() -> None:
    from sagemaker_inference.transformer import Transformer

    service = Transformer()
    answer, context = _ask(service, b"[1, 2]")
    assert (json.loads(answer), context.content_type, context.status) == ([10, 20], "application/json", 200)
    answer, context = _ask(service, b"[1, 2]", accept="text/csv")
    assert (answer, context.content_type) == ("10\n20\n", "text/csv")
    answer, context = _ask(service, b"[-1]")
    assert (answer.splitlines()[0], context.status) == ("negative", 422)
    answer, context = _ask(service, b"[0]")
    assert (answer.splitlines()[0], context.status) == ("no disk", 500)


@pytest.mark.usefixtures("user")
def test_a_handler_has_functions_of_its_own() -> None:
    from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
    from sagemaker_inference.transformer import Transformer

    loaded = []

    class Handler(DefaultInferenceHandler):
        def default_pre_model_fn(self, model_dir: str) -> None:
            loaded.append(model_dir)

        def default_output_fn(self, prediction: Any, accept: str) -> str:
            return f"{prediction.sum()}!"

    assert _ask(Transformer(Handler()), b"[1, 2]")[0] == "30!"
    assert loaded == ["/model"]


def test_hooks_that_exclude_each_other(user: Path) -> None:
    from sagemaker_inference.transformer import Transformer

    (user / "users_inference.py").write_text("input_fn = transform_fn = model_fn = print\n")
    with pytest.raises(ValueError, match="Cannot use transform_fn implementation in conjunction with"):
        Transformer().validate_and_initialize("/model")


@pytest.mark.usefixtures("user")
def test_a_handler_service_as_a_model() -> None:
    from sagemaker_inference.default_handler_service import DefaultHandlerService

    from clary_programs.libraries._shared.served import ServiceHandler

    handler = ServiceHandler(DefaultHandlerService(), "/model")
    answer, broken = handler.answer(
        [Invocation(b"[1]", "application/json", "text/csv"), Invocation(b"[-1]", "application/json")]
    )
    assert (answer.body, answer.status, answer.content_type) == (b"10\n", 200, "text/csv")
    assert (broken.body.splitlines()[0], broken.status) == (b"negative", 422)


SERVE = "from sagemaker_inference import model_server; model_server.start_model_server('users_service')"
SERVICE = """
class Service:
    def initialize(self, context):
        self.folder = context.system_properties["model_dir"]

    def handle(self, data, context):
        return [data[0]["body"].decode() + self.folder]
"""


def test_starting_a_model_server(job: Job) -> None:
    code = job.base / "model" / "code"
    code.mkdir(parents=True)
    (code / "users_service.py").write_text(SERVICE)
    path = job.base / "worker.sock"
    environ = variables(job.base, CLARY_WORKER_SOCKET=str(path))
    environ["PYTHONPATH"] += f":{FOLDER}"
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], env=environ, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_for(path, process)
            client = Client(path)
            assert client.ask(b"hello ")[2] == f"hello {job.base}/model".encode()
            client.close()
        finally:
            process.terminate()


def test_the_xgboost_containers_service(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sagemaker_xgboost_container.handler_service import HandlerService

    (tmp_path / "users_boosting.py").write_text(
        "class Model:\n    def predict(self, data, validate_features):\n        return data.get_data().toarray().sum(axis=1)\n"
        "def model_fn(folder):\n    return Model()\n"
    )
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "users_boosting.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    service = HandlerService()
    service.initialize(Context("/model"))
    context = Context("/model", {"content-type": "text/csv", "accept": "text/csv"})
    assert service.handle([{"body": b"1,2\n3,4"}], context) == [b"3.0\n7.0\n"]


def test_pytorchs_own_functions(job: Job, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from sagemaker_inference import errors
    from sagemaker_pytorch_serving_container.default_inference_handler import (
        DefaultPytorchInferenceHandler,
        ModelLoadError,
    )

    handler = DefaultPytorchInferenceHandler()
    with pytest.raises(
        ValueError, match=r"Exactly one \.pth or \.pt file is required for PyTorch models: \[\]"
    ):
        handler.default_model_fn(str(tmp_path))
    torch.jit.script(torch.nn.ReLU()).save(str(tmp_path / "any.pth"))
    model = handler.default_model_fn(str(tmp_path))
    data = handler.default_input_fn("[[-1, 2]]", "application/json")
    assert data.dtype == torch.float32
    prediction = handler.default_predict_fn(data, model)
    assert handler.default_output_fn(prediction, "a/b, text/csv") == b"0.0,2.0\n"
    with pytest.raises(errors.UnsupportedFormatError):
        handler.default_output_fn(prediction, "a/b")
    (tmp_path / "model.pt").write_bytes(b"no model")
    with pytest.raises(ModelLoadError, match="Please ensure model is saved using torchscript"):
        handler.default_model_fn(str(tmp_path))
