"""The one error for an input that breaks rules, in the manner of its service: the common sentence, S3's, or CloudWatch's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.wire.parameters import parameter_error
from clary.wire.shapes import OperationFacts, Shape
from clary.wire.violations import Path, Violation, Violations, dotted, segments

MALFORMED_XML = "The XML you provided was not well-formed or did not validate against our published schema"
_SENTENCES = {
    "x-amz-server-side-encryption": "The encryption method specified is not supported",
    "encoding-type": "Invalid Encoding Method specified in Request",
    "x-amz-metadata-directive": "Unknown metadata directive.",
    "x-amz-object-attributes": "Invalid attribute name specified.",
    "x-amz-tagging-directive": "Unknown tagging directive.",
}
_STORAGE_CLASS = "The storage class you specified is not valid"


def validation_error(operation: OperationFacts, violations: Violations) -> AwsError:
    """Return the error for these violations, in the manner of the operation's service."""
    if operation.service.metadata.get("signatureVersion") == "s3" and operation.service.name == "s3":
        return _s3_error(operation, violations[0])
    if "missing" in operation.service.metadata and (missing := _missing(violations)):
        return AwsError("MissingParameter", operation.service.metadata["missing"].format(missing))
    if code := operation.description.get("parameterError"):
        return parameter_error(code, violations)
    return AwsError(operation.service.validation_code, _sentence(operation.service.metadata, violations))


def _missing(violations: Violations) -> str:
    """Return the first member that is required and not there, by its own name; '' if there is none."""
    names = (segments(one.path)[-1].rpartition(".")[2] for one in violations if one.value is None)
    return next((name[:1].upper() + name[1:] for name in names), "")


def _sentence(metadata: Mapping[str, Any], violations: Violations) -> str:
    """Return the common sentence; or, where a service has words of its own for a pattern, these, once nothing
    else is wrong."""
    own: Mapping[str, str] = metadata.get("patternSentences", {})
    common = [violation for violation in violations if violation.pattern not in own]
    if not common:
        broken = violations[0]
        return f"The specified value for {dotted(broken.path)} is invalid. {own[broken.pattern]}"
    count = len(common)
    errors = "1 validation error" if count == 1 else f"{count} validation errors"
    hidden = bool(metadata.get("hidesValues"))
    return f"{errors} detected: " + "; ".join(violation.text(hidden) for violation in common)


def _s3_error(operation: OperationFacts, violation: Violation) -> AwsError:
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
    members = {name[:1].lower() + name[1:]: shape for name, shape in operation.input_members.items()}
    return members[segments(path)[0]]
