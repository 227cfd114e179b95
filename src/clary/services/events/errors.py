"""The errors of EventBridge, in the words of its recorded answers."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.kernel.errors import validation


def not_valid(parameter: str, reason: str = "") -> AwsError:
    return validation(f"Parameter {parameter} is not valid." + (f" Reason: {reason}" if reason else ""))


def missing(what: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"{what} does not exist.")


def no_bus(name: str) -> AwsError:
    return missing(f"Event bus {name}")


def no_rule(name: str, bus: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")


def taken(what: str) -> AwsError:
    return AwsError("ResourceAlreadyExistsException", f"{what} already exists.")


def bad_pattern(reason: str) -> AwsError:
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")


def too_many() -> AwsError:
    return AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
