"""The `context` argument that AWS's model server gives to hooks which ask for one.

Holds one request's headers and the answer's status, headers and content type; serves nothing by itself.
Source: awslabs/multi-model-server `context.py`, as aws/sagemaker-inference-toolkit uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class RequestProcessor:
    """The headers of one request; names are compared without regard to case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def get_request_properties(self) -> Mapping[str, str]:
        return self._headers

    def get_request_property(self, name: str) -> str | None:
        return self._headers.get(name.lower())


@dataclass(slots=True)
class Context:
    """What a hook may read and set. Index arguments are there because MMS batches; here it is always 0."""

    model_dir: str
    headers: Mapping[str, str] = field(default_factory=dict)
    gpu_id: int | None = None
    status: int = 200
    content_type: str | None = None
    response_headers: dict[str, str] = field(default_factory=dict)

    @property
    def system_properties(self) -> dict[str, object]:
        return {"model_dir": self.model_dir, "gpu_id": self.gpu_id, "batch_size": 1, "server_name": "clary"}

    @property
    def request_processor(self) -> list[RequestProcessor]:
        return [RequestProcessor(self.headers)]

    @property
    def model_name(self) -> str:
        return "model"

    def get_request_header(self, _index: int, name: str) -> str | None:
        return self.headers.get(name.lower())

    def get_all_request_header(self, _index: int = 0) -> Mapping[str, str]:
        return self.headers

    def get_request_id(self, _index: int = 0) -> str:
        return self.headers.get("x-amzn-sagemaker-inference-id", "")

    def set_response_content_type(self, _index: int, value: str) -> None:
        self.content_type = value

    def set_response_header(self, _index: int, name: str, value: str) -> None:
        self.response_headers[name] = value

    def set_response_status(self, code: int = 200, phrase: str = "", _index: int = 0) -> None:
        self.status = code
