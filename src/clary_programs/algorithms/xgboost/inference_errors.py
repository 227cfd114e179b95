"""What the container answers to a request it cannot serve.

Words as in aws/sagemaker-xgboost-container, `algorithm_mode/serve.py` and `serve_utils.py`.
"""

from __future__ import annotations

from clary_programs.serving.api import Answer

ACCEPTS = ["application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv"]


class InferenceError(Exception):
    """A request that gets an error for an answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = Answer(message.encode(), status, "text/plain; charset=utf-8")


def empty() -> InferenceError:
    """204: nothing was sent."""
    return InferenceError(204, "")


def unsupported(reason: str) -> InferenceError:
    """415: a content type that the image does not know, or not with this label_size."""
    return InferenceError(415, reason)


def unserved_type(content_type: str) -> InferenceError:
    """415: a content type for training only."""
    return InferenceError(415, f"Content-type {content_type} is not supported.")


def unreadable(kind: str, error: Exception) -> InferenceError:
    """415: the body is not what its content type says. `kind`: csv, libsvm or recordio-protobuf."""
    return InferenceError(415, unreadable_text(kind, ValueError(error)))


def unreadable_text(kind: str, error: Exception) -> str:
    """Return the container's words for a body of `kind` whose reading raised `error`."""
    between = " " if kind == "recordio-protobuf" else "\n "
    return (
        f"Loading {kind} data failed with Exception, please ensure data is in {kind} format:"
        f"{between}{type(error)}{between}{error}"
    )


def wrong_width(kind: str, given: int, expected: int) -> InferenceError:
    """400: rows with too few or too many features."""
    if kind == "libsvm":
        reason = f"Feature size of libsvm inference data {given} is larger than feature size of trained model {expected}."
    else:
        reason = (
            f"Feature size of {kind} inference data {given} is not consistent with "
            f"feature size of trained model {expected}."
        )
    return unevaluated(reason)


def too_wide(given: int, features: int) -> InferenceError:
    """400: rows with more features than the model has, in xgboost's words."""
    return unevaluated(
        f"Check failed: learner_model_param_.num_feature >= p_fmat->Info().num_col_ ({features} vs. {given}) : "
        "Number of columns does not match number of features in booster."
    )


def unevaluated(reason: str) -> InferenceError:
    """400: the model cannot predict this."""
    return InferenceError(400, f"Unable to evaluate payload provided: {reason}")


def unencodable(accept: str) -> InferenceError:
    """500: an accept type that only the answers of selectable inference have."""
    from clary_programs.serving.content import UnsupportedFormat

    return InferenceError(500, str(UnsupportedFormat(accept)))


def unacceptable(accept: str) -> InferenceError:
    """406: an answer of this type cannot be given."""
    return InferenceError(
        406, f"Accept type {accept} is not supported. Please use supported accept types: {ACCEPTS}."
    )
