"""The functions that serve a scikit-learn model where the user's module has none, and the image's web application."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from sagemaker_containers.beta.framework import content_types, encoders, env, transformer, worker

from clary_programs import entry

from . import exceptions as exc

_STEPS = {
    "input_fn": "default_input_fn",
    "predict_fn": "default_predict_fn",
    "output_fn": "default_output_fn",
}


def is_multi_model() -> str | None:
    """Return what the environment says of several models; None if it says nothing."""
    return os.environ.get("SAGEMAKER_MULTI_MODEL")


def default_model_fn(model_dir: str) -> Any:
    """Raise NotImplementedError: the user's script must load the model."""
    return transformer.default_model_fn(model_dir)


def default_input_fn(input_data: str | bytes, content_type: str) -> Any:
    """Return the request's array; JSON and CSV become float32. Raise UnsupportedFormatError."""
    array = encoders.decode(input_data, content_type)
    return array.astype("float32") if content_type in content_types.UTF8_TYPES else array


def default_predict_fn(input_data: Any, model: Any) -> Any:
    """Return what the model predicts."""
    return model.predict(input_data)


def default_output_fn(prediction: Any, accept: str) -> worker.Response:
    """Return the prediction as `accept` asks for. Raise UnsupportedFormatError."""
    return worker.Response(encoders.encode(prediction, accept), mimetype=accept)


def import_module(
    module_name: str, module_dir: str
) -> tuple[transformer.Transformer, Callable[[], Any] | None]:
    """Import the user's module and load its model; return its transformer and its `execution_parameters_fn`.

    Raise UserError for functions that exclude each other.
    """
    module = importlib.import_module(module_name)
    found = _transformer(module)
    found.initialize()
    return found, getattr(module, "execution_parameters_fn", None)


def main(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request as a WSGI application; the user's module is loaded at the first one."""
    global app
    if app is None:
        serving = env.ServingEnv()
        found, execution_parameters = import_module(serving.module_name, serving.module_dir)
        app = worker.Worker(
            transform_fn=found.transform,
            module_name=serving.module_name,
            execution_parameters_fn=execution_parameters,
        )
    return app(environ, start_response)


def serving_entrypoint() -> None:
    """Serve the model under `/opt/ml/model` until SIGTERM, as the image does, then end the process."""
    sys.exit(entry.serve("sklearn"))


app: worker.Worker | None = None


def _transformer(module: ModuleType) -> transformer.Transformer:
    own = {name: getattr(module, name, None) for name in _STEPS}
    whole = getattr(module, "transform_fn", None)
    if whole and any(own.values()):
        raise exc.UserError(
            "Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn"
        )
    model_fn = getattr(module, "model_fn", default_model_fn)
    if whole:
        return transformer.Transformer(model_fn=model_fn, transform_fn=whole)
    steps = {name: function or globals()[_STEPS[name]] for name, function in own.items()}
    return transformer.Transformer(model_fn=model_fn, **steps)
