"""Broken rules, and the one error that tells of them in AWS's words. Knows neither rules nor shapes' codecs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError
from clary.wire.shapes import OperationFacts, Shape

Path = tuple[Any, str] | None  # (the path above, the last segment)

MOST = 100
_LONGEST_VALUE = 1024  # characters of a value that a sentence quotes
NOT_NULL = "Member must not be null"
MALFORMED_XML = "The XML you provided was not well-formed or did not validate against our published schema"
_SENTENCES = {
    "encoding-type": "Invalid Encoding Method specified in Request",
    "x-amz-metadata-directive": "Unknown metadata directive.",
    "x-amz-object-attributes": "Invalid attribute name specified.",
    "x-amz-tagging-directive": "Unknown tagging directive.",
}
_STORAGE_CLASS = "The storage class you specified is not valid"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken by one value. `member` is the missing member's own name, where it is one."""

    path: Path
    member: str | None
    value: Any
    sentence: str
    shape: Shape | None = None

    def __str__(self) -> str:
        return f"{self._said()} at '{dotted(self.path)}' failed to satisfy constraint: {self.sentence}"

    def _said(self) -> str:
        if self.value is None:
            return "Value null"
        if self.shape is not None and _sensitive(self.shape):
            return "Value"  # as IAM keeps a secret: "Value at 'serviceSpecificCredentialId' failed ..."
        return f"Value '{java_text(self.value, self.shape)}'"


class Enough(Exception):
    """So many rules are broken that no more are looked for."""


class Violations(list[Violation]):
    """The rules that an input breaks, at most MOST of them: a small input can break a million."""

    def append(self, violation: Violation) -> None:
        """Add one; raise Enough with the last that is kept."""
        super().append(violation)
        if len(self) >= MOST:
            raise Enough


def refuse(operation: OperationFacts, violations: Violations) -> AwsError:
    """The error for these violations, in the manner of the operation's service."""
    if operation.service.metadata.get("signatureVersion") == "s3" and operation.service.name == "s3":
        return _refuse_as_s3(operation, violations[0])
    count = len(violations)
    errors = "1 validation error" if count == 1 else f"{count} validation errors"
    message = f"{errors} detected: " + "; ".join(map(str, violations))
    return AwsError(operation.service.validation_code, message)


def _refuse_as_s3(operation: OperationFacts, violation: Violation) -> AwsError:
    """S3 has no such sentences: a bad body is not its XML, a bad header or parameter is an invalid argument."""
    member = _top_member(operation, violation.path)
    place = member.serialization.get("location")
    if violation.value is None and place is None and violation.path and violation.path[0] is None:
        return AwsError("MissingRequestBodyError", "Request Body is empty")
    if place not in ("header", "querystring"):
        acl = member.name == "AccessControlPolicy"
        return AwsError("MalformedACLError" if acl else "MalformedXML", MALFORMED_XML)
    argument = member.serialization.get("name", "")
    if violation.value is None:
        return AwsError("MissingParameter", f"The request must contain the parameter {argument}.")
    if argument.endswith("storage-class"):
        return AwsError(
            "InvalidStorageClass", _STORAGE_CLASS, members={"StorageClassRequested": violation.value}
        )
    value = violation.value
    said = {"ArgumentName": argument, "ArgumentValue": ",".join(value) if isinstance(value, list) else value}
    if argument.endswith("object-ownership"):
        del said["ArgumentValue"]
    return AwsError("InvalidArgument", _s3_sentence(argument, violation.value), members=said)


def _s3_sentence(argument: str, value: Any) -> str:
    if argument in _SENTENCES:
        return _SENTENCES[argument]
    return f"Invalid {argument} header: {value}" if argument == "x-amz-object-ownership" else ""


def _top_member(operation: OperationFacts, path: Path) -> Shape:
    segments = _segments(path)
    members = {name[:1].lower() + name[1:]: shape for name, shape in operation.input_members.items()}
    return members[segments[0]]


def dotted(path: Path) -> str:
    """`vpcConfig.subnets`, `tags.1.member.key`."""
    return ".".join(_segments(path))


def _segments(path: Path) -> list[str]:
    found: list[str] = []
    while path is not None:
        path, segment = path
        found.append(segment)
    return found[::-1]


def _sensitive(shape: Any) -> bool:
    if shape.metadata.get("sensitive"):
        return True
    return shape.type_name == "list" and _sensitive(shape.member)


def java_text(value: Any, shape: Any = None) -> str:
    """Return a value as Java's toString shows it, which is how the sentences quote it; a long one is cut."""
    pieces, length = [], 0
    for piece in _java_pieces(value, shape):
        pieces.append(piece)
        length += len(piece)
        if length > _LONGEST_VALUE:
            return "".join(pieces)[:_LONGEST_VALUE] + "..."
    return "".join(pieces)


def _java_pieces(value: Any, shape: Any) -> Iterator[str]:
    if isinstance(value, list):
        member = shape.member if shape is not None else None
        yield from _joined("[", ((item, member, "") for item in value), "]")
    elif isinstance(value, dict):
        yield from _java_object(value, shape)
    else:
        yield _java_scalar(value, shape)


def _java_scalar(value: Any, shape: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if shape is not None and shape.type_name in ("float", "double"):
        return str(float(value))
    return str(value)


def _java_object(value: dict[str, Any], shape: Any) -> Iterator[str]:
    if shape is None or shape.type_name == "map":
        below = shape.value if shape is not None else None
        yield from _joined("{", ((item, below, f"{key}=") for key, item in value.items()), "}")
    elif shape.metadata.get("sensitive"):
        yield f"{shape.name}()"
    else:
        members = (
            (value.get(name), member, f"{name[:1].lower() + name[1:]}=")
            for name, member in shape.members.items()
        )
        yield from _joined(f"{shape.name}(", members, ")")


def _joined(opening: str, items: Iterable[tuple[Any, Any, str]], closing: str) -> Iterator[str]:
    """The pieces of several values (value, shape, what stands before it)."""
    yield opening
    for at, (value, shape, before) in enumerate(items):
        yield f"{', ' if at else ''}{before}"
        yield from _java_pieces(value, shape)
    yield closing
