"""The functions between a request and its answer, with defaults for those that a user does not have."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from clary_programs.serving.frameworks import NoModelFunction

from . import _content_types, _encoders, _env, _errors, _functions, _worker

_NO_PREDICT_FN = """
Please provide a predict_fn implementation.
See documentation for predict_fn at https://github.com/aws/sagemaker-python-sdk
"""

Function = Callable[..., Any]


def default_model_fn(model_dir: str) -> Any:
    """Raise NotImplementedError: models of unknown frameworks cannot be loaded."""
    raise NoModelFunction


def default_input_fn(input_data: str | bytes, content_type: str) -> Any:
    """Return the request's array. Raise UnsupportedFormatError."""
    return _encoders.decode(input_data, content_type)


def default_predict_fn(data: Any, model: Any) -> Any:
    """Raise NotImplementedError: models of unknown frameworks cannot be called."""
    raise NotImplementedError(_NO_PREDICT_FN)


def default_output_fn(prediction: Any, accept: str) -> _worker.Response:
    """Return the prediction as `accept` asks for. Raise UnsupportedFormatError."""
    return _worker.Response(response=_encoders.encode(prediction, accept), mimetype=accept)


class Transformer:
    """Answers requests with a user's functions, or the defaults; what the user's raise becomes `error_class`."""

    def __init__(
        self,
        model_fn: Function | None = None,
        input_fn: Function | None = None,
        predict_fn: Function | None = None,
        output_fn: Function | None = None,
        transform_fn: Function | None = None,
        error_class: type[Exception] = _errors.ClientError,
    ) -> None:
        if transform_fn and (input_fn or predict_fn or output_fn):
            raise ValueError(
                "Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn"
            )
        self._model: Any = None
        self._error_class = error_class
        self._model_fn = self._own(model_fn) or default_model_fn
        self._input_fn = self._own(input_fn) or default_input_fn
        self._predict_fn = self._own(predict_fn) or default_predict_fn
        self._output_fn = self._own(output_fn) or default_output_fn
        self._transform_fn = self._own(transform_fn) or self._default_transform_fn

    def initialize(self) -> None:
        """Load the model."""
        self._model = self._model_fn(_env.model_dir)

    def transform(self) -> _worker.Response:
        """Return the answer to the request that is being answered."""
        request = _worker.Request()
        result = self._transform_fn(self._model, request.content, request.content_type, request.accept)
        if isinstance(result, tuple):
            return _worker.Response(response=result[0], mimetype=result[1])
        return result

    def _default_transform_fn(self, model: Any, content: str | bytes, content_type: str, accept: str) -> Any:
        try:
            data = self._input_fn(content, content_type)
        except _errors.UnsupportedFormatError as error:
            return _refusal(error, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        prediction = self._predict_fn(data, model)
        try:
            return self._output_fn(prediction, accept)
        except _errors.UnsupportedFormatError as error:
            return _refusal(error, HTTPStatus.NOT_ACCEPTABLE)

    def _own(self, function: Function | None) -> Function | None:
        return _functions.error_wrapper(function, self._error_class) if function else None


def _refusal(error: Exception, status: HTTPStatus) -> _worker.Response:
    document = {
        "error": "UnsupportedFormatError",
        "error-message": str(error),
        "stack-trace": traceback.format_exc(),
    }
    return _worker.Response(json.dumps(document), status=status, mimetype=_content_types.JSON)
