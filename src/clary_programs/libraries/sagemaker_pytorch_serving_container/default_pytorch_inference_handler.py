"""The hooks of a PyTorch script that has none of its own. The model must be TorchScript."""

from __future__ import annotations

import os
from typing import Any

import torch
from sagemaker_inference import content_types, decoder, default_inference_handler, encoder, errors, utils

DEFAULT_MODEL_FILENAME = "model.pt"
_SUFFIXES = (".pt", ".pth")


class ModelLoadError(Exception):
    """The file is not TorchScript."""


class DefaultPytorchInferenceHandler(default_inference_handler.DefaultInferenceHandler):
    """Tensors in, tensors out, on a GPU where there is one."""

    VALID_CONTENT_TYPES = (content_types.JSON, content_types.NPY)

    def default_model_fn(self, model_dir: str, context: object = None) -> Any:
        """Return the model in `model.pt`, or in the only `.pt` or `.pth` file.

        Raise ValueError for several files or none, ModelLoadError for one that is no TorchScript.
        """
        path = os.path.join(model_dir, DEFAULT_MODEL_FILENAME)
        if not os.path.exists(path):
            path = os.path.join(model_dir, _only_model(model_dir))
        try:
            return torch.jit.load(path, map_location=_device())
        except RuntimeError as error:
            raise ModelLoadError(
                f"Failed to load {path}. Please ensure model is saved using torchscript."
            ) from error

    def default_input_fn(self, input_data: str | bytes, content_type: str, context: object = None) -> Any:
        """Return the request's tensor; JSON and CSV become float32. Raise UnsupportedFormatError."""
        tensor = torch.from_numpy(decoder.decode(input_data, content_type))
        # FloatTensor, which AWS's handler calls, takes a single whole number for a size.
        return (tensor.float() if content_type in content_types.UTF8_TYPES else tensor).to(_device())

    def default_predict_fn(self, data: Any, model: Any, context: object = None) -> Any:
        """Return what the model says, in evaluation and without gradients."""
        with torch.no_grad():
            return model.to(_device()).eval()(data.to(_device()))

    def default_output_fn(self, prediction: Any, accept: str, context: object = None) -> str | bytes:
        """Return the prediction in the first type of `accept` that has an encoder. Raise
        UnsupportedFormatError."""
        if isinstance(prediction, torch.Tensor):
            prediction = prediction.detach().cpu().numpy().tolist()
        for content_type in utils.parse_accept(accept):
            if content_type in encoder.SUPPORTED_CONTENT_TYPES:
                encoded = encoder.encode(prediction, content_type)
                return encoded.encode() if content_type == content_types.CSV else encoded
        raise errors.UnsupportedFormatError(accept, 406)


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _only_model(model_dir: str) -> str:
    with os.scandir(model_dir) as entries:
        files = sorted(entry.name for entry in entries if entry.is_file() and entry.name.endswith(_SUFFIXES))
    if len(files) != 1:
        raise ValueError(f"Exactly one .pth or .pt file is required for PyTorch models: {files}")
    return files[0]
