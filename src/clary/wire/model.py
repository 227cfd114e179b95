"""A service and its operations as botocore describes them. The only door to botocore; knows no single service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from clary.wire import source, validate
from clary.wire.shapes import Shape

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from botocore.model import ServiceModel as _Botocore

Params = dict[str, Any]


class ServiceModel:
    """What botocore says of one service. `name` is botocore's name of it (`sagemaker-runtime`)."""

    def __init__(
        self, name: str, description: source.Description, paginators: Mapping[str, Any] | None = None
    ) -> None:
        self.name = name
        self.description = description
        self.metadata: dict[str, Any] = description["metadata"]
        self.endpoint_prefix: str = self.metadata.get("endpointPrefix", name)
        self.signing_name: str = self.metadata.get("signingName", self.endpoint_prefix)
        self.target_prefix: str | None = self.metadata.get("targetPrefix")
        self.service_id: str = self.metadata.get("serviceId", name)
        self.protocols: tuple[str, ...] = tuple(
            self.metadata.get("protocols") or (self.metadata["protocol"],)
        )
        self.xml_namespace: str | None = self.metadata.get("xmlNamespace")
        self.query_compatible = "awsQueryCompatible" in self.metadata
        self.paginators = dict(paginators or {})
        self.operations: Mapping[str, Operation] = {
            operation: Operation(self, operation) for operation in description.get("operations", {})
        }
        self.compiled: dict[
            Any, Any
        ] = {}  # codecs of shapes that operations share, by the module that compiled them

    @cached_property
    def botocore(self) -> _Botocore:
        """What makes the shapes. It costs 5 MiB, which nobody needs before the first model."""
        from botocore.model import ServiceModel as Botocore

        return Botocore(self.description, self.name)

    @cached_property
    def errors(self) -> Mapping[str, ErrorShape]:
        """The modelled errors, by shape name and by the code that is sent, where that differs."""
        found: dict[str, ErrorShape] = {}
        for name, shape in self.description.get("shapes", {}).items():
            if shape.get("exception") or shape.get("error"):
                error = ErrorShape(self, name)
                found[name] = error
                found.setdefault(error.code, error)
        return found

    @cached_property
    def validation_code(self) -> str:
        """The error code for input that the model forbids: ValidationException, or ValidationError of Query services."""
        if "validationError" in self.metadata:
            return self.metadata["validationError"]
        if self.speaks_query:
            return "ValidationError"
        only_error = "ValidationError" in self.errors and "ValidationException" not in self.errors
        return "ValidationError" if only_error else "ValidationException"

    @property
    def speaks_query(self) -> bool:
        """Whether it speaks Query, or did once and kept its codes of errors."""
        return self.protocols[0] in ("query", "ec2") or self.query_compatible

    def shape(self, name: str) -> Shape:
        return self.botocore.shape_for(name)

    def __repr__(self) -> str:
        return f"<ServiceModel {self.name}>"


class Operation:
    """One operation of a service. Everything beyond its name is worked out at first use."""

    def __init__(self, service: ServiceModel, name: str) -> None:
        self.service = service
        self.name = name
        self.description: dict[str, Any] = service.description["operations"][name]

    @cached_property
    def botocore(self) -> OperationModel:
        return self.service.botocore.operation_model(self.name)

    @cached_property
    def input(self) -> Shape | None:
        return self.botocore.input_shape

    @cached_property
    def output(self) -> Shape | None:
        return self.botocore.output_shape

    @cached_property
    def input_members(self) -> Mapping[str, Shape]:
        return self.input.members if self.input else {}

    @cached_property
    def output_members(self) -> Mapping[str, Shape]:
        return self.output.members if self.output else {}

    @cached_property
    def method(self) -> str:
        return self.description.get("http", {}).get("method", "POST")

    @cached_property
    def uri(self) -> str:
        """The path template, with constant query parameters: `/{Bucket}/{Key+}?uploads`."""
        return self.description.get("http", {}).get("requestUri", "/")

    @cached_property
    def status(self) -> int:
        """The HTTP status of success."""
        return self.description.get("http", {}).get("responseCode", 200)

    @cached_property
    def errors(self) -> tuple[str, ...]:
        """The names of the error shapes that this operation declares."""
        return tuple(error["shape"] for error in self.description.get("errors", ()))

    @cached_property
    def idempotency_token(self) -> str | None:
        return next((n for n, s in self.input_members.items() if s.metadata.get("idempotencyToken")), None)

    @cached_property
    def payload_in(self) -> Shape | None:
        """The member that is the whole request body, if there is one."""
        return payload(self.input)

    @cached_property
    def payload_out(self) -> Shape | None:
        return payload(self.output)

    @cached_property
    def streams_in(self) -> bool:
        """The request body is handed on as it arrives."""
        return streams(self.payload_in)

    @cached_property
    def streams_out(self) -> bool:
        """The response body is a blob that a handler may give in parts, as a file or whole."""
        return streams(self.payload_out)

    @cached_property
    def event_stream_out(self) -> bool:
        return event_stream(self.output) is not None

    @cached_property
    def stream_out(self) -> str | None:
        """The output member that a handler may give in parts: the payload or the event stream, if there is one."""
        if self.streams_out:
            return self.output.serialization["payload"] if self.output else None
        return event_stream(self.output)

    @cached_property
    def paging(self) -> Mapping[str, Any] | None:
        return self.service.paginators.get(self.name)

    @cached_property
    def deprecated(self) -> bool:
        return bool(self.description.get("deprecated"))

    @cached_property
    def check(self) -> Callable[[Params], None]:
        """`op.check(params)` raises AwsError, in AWS's words, for input that the model forbids."""
        return validate.compile_check(self)

    @cached_property
    def trim(self) -> Callable[[Params], Params]:
        """`op.trim(result)`: the result without members that the output shape does not have, and without nulls."""
        from clary.wire.serialize.trim import compile_trim

        return compile_trim(self.output)

    def __repr__(self) -> str:
        return f"<Operation {self.service.name}:{self.name}>"


class ErrorShape:
    """A modelled error: its code on the wire, its HTTP status, whose fault it is, and what members it carries."""

    def __init__(self, service: ServiceModel, name: str) -> None:
        said: dict[str, Any] = service.description["shapes"][name]
        error: dict[str, Any] = said.get("error") or {}
        self.service = service
        self.name = name
        self.code: str = error.get("code", name)
        self.status: int | None = error.get("httpStatusCode") or (500 if said.get("fault") else None)
        self.senders_fault: bool = bool(
            error.get("senderFault", not (error.get("fault") or said.get("fault")))
        )
        self.members: Mapping[str, Any] = said.get("members", {})

    @cached_property
    def shape(self) -> Shape:
        return self.service.shape(self.name)

    @cached_property
    def message_member(self) -> str:
        """What the sentence is called here: `message` or `Message`."""
        return next((member for member in self.members if member.lower() == "message"), "message")


def payload(shape: Shape | None) -> Shape | None:
    """Return the member of a structure that is a body by itself."""
    name = shape.serialization.get("payload") if shape else None
    return shape.members[name] if shape and name else None


def streams(shape: Shape | None) -> bool:
    """Return whether a payload is a streaming blob (an event stream is not)."""
    return bool(shape is not None and shape.type_name == "blob" and shape.serialization.get("streaming"))


def event_stream(shape: Shape | None) -> str | None:
    """Return the member of a structure that is an event stream."""
    members = shape.members.items() if shape else ()
    return next((name for name, member in members if member.serialization.get("eventstream")), None)


@cache
def load(service: str) -> ServiceModel:
    """Return the model of a service by botocore's name; cached. Raise LookupError for a service that botocore
    lacks."""
    found = ServiceModel(service, source.description(service), source.paginators(service))
    _ = found.botocore  # imported here, in the thread that loads, and not with the first call
    return found
