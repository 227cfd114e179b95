"""What the model server runs for a user's module in the PyTorch image."""

from __future__ import annotations

from sagemaker_inference.default_handler_service import DefaultHandlerService

from .default_pytorch_inference_handler import DefaultPytorchInferenceHandler
from .transformer import PyTorchTransformer


class HandlerService(DefaultHandlerService):
    """Serves the user's functions, and PyTorch's own where there are none."""

    def __init__(self) -> None:
        super().__init__(PyTorchTransformer(DefaultPytorchInferenceHandler()))
