"""The name of `default_pytorch_inference_handler` in older images, by which the toolkit's README imports it."""

from .default_pytorch_inference_handler import DefaultPytorchInferenceHandler, ModelLoadError

__all__ = ["DefaultPytorchInferenceHandler", "ModelLoadError"]
