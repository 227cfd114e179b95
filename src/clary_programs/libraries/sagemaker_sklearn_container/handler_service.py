"""What the model server runs for a user's module in the scikit-learn image."""

from __future__ import annotations

from typing import Any

from sagemaker_containers.beta.framework import encoders
from sagemaker_inference import default_inference_handler
from sagemaker_inference.default_handler_service import DefaultHandlerService
from sagemaker_inference.transformer import Transformer

from . import serving


class HandlerService(DefaultHandlerService):
    """Serves the user's functions, and scikit-learn's own where there are none."""

    class DefaultSKLearnUserModuleInferenceHandler(default_inference_handler.DefaultInferenceHandler):
        """Reads JSON and CSV as float32; the user's script loads the model."""

        @staticmethod
        def default_input_fn(input_data: str | bytes, content_type: str) -> Any:
            """Return the request's array."""
            return serving.default_input_fn(input_data, content_type)

        @staticmethod
        def default_predict_fn(input_data: Any, model: Any) -> Any:
            """Return what the model predicts."""
            return serving.default_predict_fn(input_data, model)

        @staticmethod
        def default_output_fn(prediction: Any, accept: str) -> str | bytes:
            """Return the prediction as `accept` asks for."""
            return encoders.encode(prediction, accept)

    def __init__(self) -> None:
        super().__init__(Transformer(self.DefaultSKLearnUserModuleInferenceHandler()))
