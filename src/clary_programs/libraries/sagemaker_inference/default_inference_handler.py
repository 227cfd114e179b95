"""The hooks of a script that has none of its own, to be derived from."""

from __future__ import annotations

from typing import Any

from clary_programs.serving.frameworks import NoModelFunction

from . import decoder, encoder, headers
from .errors import UnsupportedFormatError


class DefaultInferenceHandler:
    """Reads and writes the default content types; model and prediction are the script's affair."""

    def default_model_fn(self, model_dir: str, context: object = None) -> Any:
        """There is no way to load just any model."""
        raise NoModelFunction

    def default_input_fn(self, input_data: str | bytes, content_type: str, context: object = None) -> Any:
        """The request's array."""
        return decoder.decode(input_data, content_type)

    def default_predict_fn(self, data: Any, model: Any, context: object = None) -> Any:
        """There is no way to ask just any model."""
        raise NotImplementedError("Please provide a predict_fn implementation.")

    def default_output_fn(self, prediction: Any, accept: str, context: object = None) -> tuple[Any, str]:
        """The answer in the first type of `accept` that has an encoder, and that type."""
        for content_type in headers.parse_accept(accept):
            if content_type in encoder.SUPPORTED_CONTENT_TYPES:
                return encoder.encode(prediction, content_type), content_type
        raise UnsupportedFormatError(accept, 406)
