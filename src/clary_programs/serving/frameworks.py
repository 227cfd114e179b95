"""What each framework's container does where the user's module has no hook of its own.

Knows hooks by name; knows no request. Sources: aws/sagemaker-inference-toolkit `default_inference_handler.py`,
aws/sagemaker-scikit-learn-container, aws/sagemaker-pytorch-inference-toolkit, aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clary_programs.serving.content import ENCODED, TEXT_TYPES, decode, encode, media_type
from clary_programs.serving.csv_codecs import CONTAINERS, TOOLKIT

if TYPE_CHECKING:
    import numpy as np

Defaults = dict[str, Callable[..., object]]


class NoModelFunction(NotImplementedError):
    """The framework has no way of its own to load a model."""

    def __init__(self) -> None:
        super().__init__(
            textwrap.dedent(
                """
                Please provide a model_fn implementation.
                See documentation for model_fn at https://github.com/aws/sagemaker-python-sdk
                """
            )
        )


def defaults_of(framework: str) -> Defaults:
    """model_fn, input_fn, predict_fn and output_fn of `framework`; an unknown one is plain Python."""
    return _FRAMEWORKS.get(framework, _python)()


def _no_model_fn(model_dir: str) -> object:
    raise NoModelFunction


def _predict_by_method(data: object, model: object) -> object:
    return model.predict(data)


def _python() -> Defaults:
    return {
        "model_fn": _no_model_fn,
        "input_fn": _toolkit_input,
        "predict_fn": _predict_by_method,
        "output_fn": _toolkit_output,
    }


def _toolkit_input(data: str | bytes, content_type: str) -> np.ndarray:
    return decode(data, content_type, csv=TOOLKIT)


def _toolkit_output(prediction: object, accept: str) -> str | bytes:
    return encode(prediction, accept, csv=TOOLKIT)


def _sklearn() -> Defaults:
    return {**_python(), "input_fn": _float32_input, "output_fn": _containers_output}


def _float32_input(data: str | bytes, content_type: str) -> object:
    """Return text becomes float32, as scikit-learn's container has it; NPY keeps its own type."""
    import numpy as np

    array = decode(data, content_type, csv=CONTAINERS)
    if media_type(content_type) not in TEXT_TYPES:
        return array
    with np.errstate(over="ignore"):
        return array.astype("float32")


def _containers_output(prediction: object, accept: str) -> str | bytes:
    return encode(prediction, accept, csv=CONTAINERS)


def _xgboost() -> Defaults:
    return {
        "model_fn": _xgboost_model,
        "input_fn": _xgboost_input,
        "predict_fn": _xgboost_predict,
        "output_fn": _containers_output,
    }


def _xgboost_model(model_dir: str) -> object:
    import xgboost

    path = Path(model_dir) / "xgboost-model"
    if not path.exists():
        raise NoModelFunction
    return xgboost.Booster(model_file=str(path))


def _xgboost_input(data: str | bytes, content_type: str) -> object:
    """Return a DMatrix of CSV, libsvm or RecordIO, whatever parameters come with the type. Raise
    UnsupportedFormat (415)."""
    from clary_programs.serving.xgboost_content import decode_dmatrix

    return decode_dmatrix(data, content_type)


def _xgboost_predict(data: object, model: object) -> object:
    return model.predict(data, validate_features=False) if hasattr(model, "get_dump") else model.predict(data)


def _pytorch() -> Defaults:
    return {
        "model_fn": _torch_model,
        "input_fn": _torch_input,
        "predict_fn": _torch_predict,
        "output_fn": _torch_output,
    }


def _device() -> object:
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _torch_model(model_dir: str) -> object:
    """Return the TorchScript file `model.pth`, or the only `*.pth`/`*.pt` there is."""
    import torch

    folder = Path(model_dir)
    path = folder / "model.pth"
    if not path.exists():
        found = sorted([*folder.glob("*.pth"), *folder.glob("*.pt")])
        if len(found) != 1:
            raise NoModelFunction
        (path,) = found
    return torch.jit.load(str(path), map_location=_device()).eval()


def _torch_input(data: str | bytes, content_type: str) -> object:
    import torch

    tensor = torch.from_numpy(_toolkit_input(data, content_type))
    # FloatTensor, which AWS's handler calls, takes a single whole number for a size, and gives memory as it finds it.
    return tensor.float() if media_type(content_type) in TEXT_TYPES else tensor


def _torch_predict(data: object, model: object) -> object:
    import torch

    with torch.no_grad():
        return model.to(_device()).eval()(data.to(_device()))


def _torch_output(prediction: object, accept: str) -> object:
    if hasattr(prediction, "detach"):
        prediction = prediction.detach().cpu().numpy().tolist()
    return _toolkit_output(prediction, _first_encodable(accept))


def _first_encodable(accept: str) -> str:
    """Of several types the first that can be given; clients that would take any of them send them all."""
    kinds = [media_type(part) for part in accept.split(",")]
    return next((kind for kind in kinds if kind in ENCODED), accept)


_FRAMEWORKS: dict[str, Callable[[], Defaults]] = {
    "python": _python,
    "sklearn": _sklearn,
    "xgboost": _xgboost,
    "pytorch": _pytorch,
}
