"""The errors of SQS. The codes are the model's; the sentences are AWS's, as recorded or reported."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError


def no_queue() -> AwsError:
    return AwsError("QueueDoesNotExist", "The specified queue does not exist.")


def bad_address(url: str) -> AwsError:
    return AwsError("InvalidAddress", f"The address {url} is not valid for this endpoint.", 404)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def invalid_value(name: str, value: Any, reason: str) -> AwsError:
    """Return the error for a parameter (recorded: test_send_receive_max_number_of_messages)."""
    return invalid(f"Value {value} for parameter {name} is invalid. Reason: {reason}")


def missing(name: str) -> AwsError:
    """Return the error for a parameter that is not there (recorded: test_send_empty_message)."""
    return AwsError("MissingParameter", f"The request must contain the parameter {name}.")


def unknown_attribute(name: str) -> AwsError:
    """Return the error for an attribute that there is not (recorded: test_set_unsupported_attribute_fifo)."""
    return AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")


def bad_attribute(name: str, reason: str = "") -> AwsError:
    said = f" Reason: {reason}" if reason else ""
    return AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{said}")


def bad_receipt() -> AwsError:
    return AwsError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.", 404)


def not_in_flight() -> AwsError:
    return AwsError("MessageNotInflight")


def no_resource(parameter: str) -> AwsError:
    """Return the error of move tasks for a queue that is not there (recorded: test_destination_needs_to_exist)."""
    said = f"The resource that you specified for the {parameter} parameter doesn't exist."
    return AwsError("ResourceNotFoundException", said, 404)


def unsupported(message: str) -> AwsError:
    return AwsError("UnsupportedOperation", message)
