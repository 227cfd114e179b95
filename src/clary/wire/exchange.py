"""One matched request: its operation and protocol, and the way back. Knows no single service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clary.kernel import AwsError
from clary.wire import limits
from clary.wire.http import Request, Response
from clary.wire.parse import compile_parser
from clary.wire.serialize import compile_renderer, render_error

if TYPE_CHECKING:
    from clary.wire.model import Operation
    from clary.wire.parse.rest import Parse
    from clary.wire.serialize.rest import Render


class Codec:
    """The compiled parser and renderer of one operation in one protocol, made at first use."""

    __slots__ = ("_limit", "_parse", "_render", "operation", "protocol")

    def __init__(self, operation: Operation, protocol: str) -> None:
        self.operation = operation
        self.protocol = protocol
        self._limit: limits.Limit | None = None
        self._parse: Parse | None = None
        self._render: Render | None = None

    @property
    def limit(self) -> limits.Limit:
        """How large a body may be, unless it streams."""
        if self._limit is None:
            self._limit = limits.of(self.operation, self.protocol)
        return self._limit

    @property
    def parse(self) -> Parse:
        if self._parse is None:
            self._parse = compile_parser(self.operation, self.protocol)
        return self._parse

    @property
    def render(self) -> Render:
        if self._render is None:
            self._render = compile_renderer(self.operation, self.protocol)
        return self._render


class Exchange:
    """What a router makes of a request. `labels` are the variable parts of its path, percent-decoded."""

    __slots__ = ("codec", "labels")

    def __init__(self, codec: Codec, labels: Mapping[str, str]) -> None:
        self.codec = codec
        self.labels = labels

    @property
    def operation(self) -> Operation:
        return self.codec.operation

    @property
    def protocol(self) -> str:
        """botocore's name: json, rest-json, rest-xml, query, ec2 or smithy-rpc-v2-cbor."""
        return self.codec.protocol

    def parse(self, request: Request) -> dict[str, Any]:
        """Return the parameters by AWS's names: timestamps as epoch seconds, blobs as bytes, a streaming
        payload as the request's body. Raise AwsError for what cannot be read."""
        return self.codec.parse(request, self.labels)

    def render(self, result: dict[str, Any] | None, request_id: str) -> Response:
        """Return the response. Members that the output lacks and nulls are dropped. A streaming member may be
        bytes, an async iterator of them or a FileSpan; a stream of events any iterable of `{"EventName":
        {...}}`."""
        return self.codec.render(result or {}, request_id)

    def render_error(self, error: AwsError, request_id: str) -> Response:
        """Return the response for an error, with the model's HTTP status where the error gives none but 400."""
        bodiless = self.operation.method == "HEAD"
        return render_error(self.operation.service, self.protocol, error, request_id, bodiless)
