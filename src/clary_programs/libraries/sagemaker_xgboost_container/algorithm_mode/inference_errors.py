"""Errors that the model server answers with a status of their own.

Source: aws/sagemaker-xgboost-container, `algorithm_mode/inference_errors.py`.
"""

from __future__ import annotations

from http import HTTPStatus

from sagemaker_inference.errors import BaseInferenceToolkitError


class NoContentInferenceError(BaseInferenceToolkitError):
    """204: the request has no body."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.NO_CONTENT, "", "")


class UnsupportedMediaTypeInferenceError(BaseInferenceToolkitError):
    """415: the body cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message, message)


class ModelLoadInferenceError(BaseInferenceToolkitError):
    """500: the model cannot be loaded."""

    def __init__(self, message: object) -> None:
        text = f"Unable to load model: {message}"
        super().__init__(HTTPStatus.INTERNAL_SERVER_ERROR, text, text)


class BadRequestInferenceError(BaseInferenceToolkitError):
    """400: the model cannot predict from the body."""

    def __init__(self, message: object) -> None:
        text = f"Unable to evaluate payload provided: {message}"
        super().__init__(HTTPStatus.BAD_REQUEST, text, text)
