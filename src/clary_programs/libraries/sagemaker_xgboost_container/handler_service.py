"""What the model server runs for a user's module in the XGBoost image."""

from __future__ import annotations

from typing import Any

from sagemaker_containers.beta.framework import encoders
from sagemaker_inference import content_types, default_inference_handler
from sagemaker_inference.default_handler_service import DefaultHandlerService
from sagemaker_inference.transformer import Transformer

from . import encoder


class HandlerService(DefaultHandlerService):
    """Serves the user's functions, and XGBoost's own where there are none."""

    class DefaultXGBoostUserModuleInferenceHandler(default_inference_handler.DefaultInferenceHandler):
        """Reads requests into a DMatrix; the user's script loads the model."""

        def default_input_fn(self, input_data: str | bytes, content_type: str, context: object = None) -> Any:
            """Return the request's DMatrix."""
            return encoder.decode(input_data, content_type)

        def default_predict_fn(self, data: Any, model: Any, context: object = None) -> Any:
            """Return what the model predicts."""
            return model.predict(data, validate_features=False)

        def default_output_fn(self, prediction: Any, accept: str, context: object = None) -> str | bytes:
            """Return the predictions as `accept` asks for."""
            encoded = encoders.encode(prediction, accept)
            return encoded.encode() if accept == content_types.CSV else encoded

    def __init__(self) -> None:
        super().__init__(Transformer(self.DefaultXGBoostUserModuleInferenceHandler()))
