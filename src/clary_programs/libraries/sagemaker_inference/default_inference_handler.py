"""The default hooks, a base class for those of frameworks."""

from __future__ import annotations

from typing import Any

from . import decoder, encoder, utils
from .errors import UnsupportedFormatError

_MISSING = """
Please provide a {0} implementation.
See documentation for {0} at https://sagemaker.readthedocs.io/en/stable/
"""


class DefaultInferenceHandler:
    """Reads and writes the default content types; the script provides model and prediction."""

    def default_model_fn(self, model_dir: str, context: object = None) -> Any:
        """Raise NotImplementedError: models of unknown frameworks cannot be loaded."""
        raise NotImplementedError(_MISSING.format("model_fn"))

    def default_input_fn(self, input_data: str | bytes, content_type: str, context: object = None) -> Any:
        """Return the request's array. Raise UnsupportedFormatError."""
        return decoder.decode(input_data, content_type)

    def default_predict_fn(self, data: Any, model: Any, context: object = None) -> Any:
        """Raise NotImplementedError: models of unknown frameworks cannot be called."""
        raise NotImplementedError(_MISSING.format("predict_fn"))

    def default_output_fn(self, prediction: Any, accept: str, context: object = None) -> tuple[Any, str]:
        """Return the answer in the first type of `accept` that has an encoder, and that type."""
        for content_type in utils.parse_accept(accept):
            if content_type in encoder.SUPPORTED_CONTENT_TYPES:
                return encoder.encode(prediction, content_type), content_type
        raise UnsupportedFormatError(accept, 406)
