"""Why a transform job fails, in AWS's words where they are known."""

from __future__ import annotations

BODY_CHARACTERS = 4000


class TransformError(Exception):
    """The job, or one object of it, cannot be transformed."""


class BadStatus(TransformError):
    """The model answered with something other than 2xx.

    Source of the text: `data-log` lines quoted in public issues (aws/amazon-sagemaker-examples 1620,
    aws/sagemaker-tensorflow-serving-container 93).
    """

    def __init__(self, status: int, body: bytes) -> None:
        client = 400 <= status < 500
        first = f"ClientError: {status}" if client else f"Bad HTTP status received from algorithm: {status}"
        text = body[:BODY_CHARACTERS].decode("utf-8", "replace")
        super().__init__(f"{first}\n\nMessage:\n{text}" if text else first)
        self.status = status


class NoResponse(TransformError):
    """The model server is gone, silent or does not speak as it should."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"Unable to get response from algorithm: {detail}")
