"""Inference scripts that import what AWS's images bring, through the model server.

The scripts are of the shape of AWS's examples (scikit-learn inference pipeline; PyTorch with a handler of its own).
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.programs.serving.server import model, serving

CONTAINERS = """
import json
from sagemaker_containers.beta.framework import (
    content_types, encoders, env, errors, modules, transformer, worker)

def model_fn(model_dir):
    return 10

def input_fn(data, content_type):
    return encoders.decode(data, content_type)

def predict_fn(data, model):
    return data * model

def output_fn(prediction, accept):
    if accept == content_types.JSON:
        body = json.dumps({"instances": [{"features": row} for row in prediction.tolist()]})
        return worker.Response(body, mimetype=accept)
    if accept == content_types.CSV:
        return worker.Response(encoders.encode(prediction, accept), mimetype=accept)
    if accept == "text/teapot":
        return worker.Response("short and stout", status=418, mimetype="text/plain")
    raise errors.UnsupportedFormatError(accept)
"""

INFERENCE = """
from sagemaker_inference import content_types, decoder, default_inference_handler, encoder, errors, utils

class Handler(default_inference_handler.DefaultInferenceHandler):
    def default_predict_fn(self, data, model, context=None):
        return [float(data.sum())]

handler = Handler()

def model_fn(model_dir):
    return None

def transform_fn(model, data, content_type, accept, context):
    assert utils.retrieve_content_type_header({"Content-Type": "a/b"}) == "a/b"
    if content_type == "text/none":
        raise errors.BaseInferenceToolkitError(422, "cannot be read", "Unprocessable")
    array = handler.default_input_fn(data, content_type)
    return handler.default_output_fn(handler.default_predict_fn(array, model), accept)
"""


def test_scripts_for_the_older_images(tmp_path: Path) -> None:
    with serving(model(tmp_path, CONTAINERS), "sklearn") as client:
        two = b"1,2\n3,4\n"
        answer = client.ask(two, content_type="text/csv", accept="text/csv")
        assert answer == (200, {"content-type": "text/csv"}, b"10.0,20.0\n30.0,40.0\n")
        status, headers, body = client.ask(two, content_type="text/csv", accept="application/json")
        assert (status, headers) == (200, {"content-type": "application/json"})
        assert json.loads(body) == {"instances": [{"features": [10, 20]}, {"features": [30, 40]}]}
        status, headers, body = client.ask(two, content_type="text/csv", accept="text/teapot")
        assert (status, headers["content-type"], body) == (418, "text/plain", b"short and stout")
        assert client.ask(two, content_type="text/csv", accept="a/b")[0] == 415
        assert client.ask(two, content_type="a/b", accept="text/csv")[0] == 415
        # One row has one dimension: each of its values is a row of the answer.
        assert client.ask(b"1,2\n", content_type="text/csv", accept="text/csv")[2] == b"10.0\n20.0\n"


def test_scripts_for_the_inference_toolkit(tmp_path: Path) -> None:
    with serving(model(tmp_path, INFERENCE)) as client:
        answer = client.ask(
            b"[[1, 2], [3, 4]]", content_type="application/json", accept="a/b, text/csv;q=0.5"
        )
        assert answer == (200, {"content-type": "text/csv"}, b"10.0\n")
        assert client.ask(b"[1]", content_type="application/json", accept="a/b")[0] == 406
        status, _, body = client.ask(b"", content_type="text/none")
        assert (status, body.splitlines()[0]) == (422, b"cannot be read")


def test_the_xgboost_images_encoder(tmp_path: Path) -> None:
    """The script of the SDK's page "Use XGBoost with the SageMaker Python SDK" (aws/sagemaker-python-sdk#1659)."""
    code = """
from sagemaker_xgboost_container import encoder

def model_fn(model_dir):
    return None

def input_fn(body, content_type):
    return encoder.decode(body, content_type)

def predict_fn(data, model):
    return data.get_data().toarray().sum(axis=1)
"""
    with serving(model(tmp_path, code), "xgboost") as client:
        assert client.ask(b"1,2\n3,4", content_type="text/csv", accept="text/csv")[2] == b"3.0\n7.0\n"
        answer = client.ask(b"1 0:1 1:2\n0 0:3 1:4\n", content_type="text/libsvm", accept="text/csv")
        assert (answer[0], answer[2]) == (200, b"3.0\n7.0\n")
        assert client.ask(b"{}", content_type="application/json", accept="text/csv")[0] == 415
