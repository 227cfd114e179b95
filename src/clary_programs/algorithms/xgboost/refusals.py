"""What the container answers to a request it cannot serve.

Words as in aws/sagemaker-xgboost-container, `algorithm_mode/serve.py` and `serve_utils.py`.
"""

from __future__ import annotations

from clary_programs.serving.api import Answer

ACCEPTS = ["application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv"]
_TYPES = (
    "csv, libsvm, parquet, recordio-protobuf, text/csv, text/libsvm, text/x-libsvm, "
    "application/x-parquet, application/x-recordio-protobuf"
)


class Refusal(Exception):
    """A request that gets an error for an answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = Answer(message.encode(), status, "text/plain; charset=utf-8")


def empty() -> Refusal:
    """204: nothing was sent."""
    return Refusal(204, "")


def unknown_type(content_type: str) -> Refusal:
    """415: not a content type at all."""
    return Refusal(415, f"{content_type} is not an accepted ContentType: {_TYPES}.")


def unserved_type(content_type: str) -> Refusal:
    """415: a content type for training only."""
    return Refusal(415, f"Content-type {content_type} is not supported.")


def unreadable(kind: str, error: Exception) -> Refusal:
    """415: the body is not what its content type says. `kind`: csv, libsvm or recordio-protobuf."""
    between = " " if kind == "recordio-protobuf" else "\n "
    return Refusal(
        415,
        f"Loading {kind} data failed with Exception, please ensure data is in {kind} format:"
        f"{between}{type(error)}{between}{error}",
    )


def wrong_width(kind: str, given: int, expected: int) -> Refusal:
    """400: rows with too few or too many features."""
    if kind == "libsvm":
        reason = f"Feature size of libsvm inference data {given} is larger than feature size of trained model {expected}."
    else:
        reason = (
            f"Feature size of {kind} inference data {given} is not consistent with "
            f"feature size of trained model {expected}."
        )
    return unevaluated(reason)


def unevaluated(reason: str) -> Refusal:
    """400: the model cannot predict this."""
    return Refusal(400, f"Unable to evaluate payload provided: {reason}")


def unacceptable(accept: str) -> Refusal:
    """406: an answer of this type cannot be given."""
    return Refusal(
        406, f"Accept type {accept} is not supported. Please use supported accept types: {ACCEPTS}."
    )
