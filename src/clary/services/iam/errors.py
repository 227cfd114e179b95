"""IAM's errors, with IAM's messages. Knows no table."""

from __future__ import annotations

from clary.kernel import AwsError as AwsError

# How IAM's messages name each kind.
_WORDS = {
    "user": "user",
    "group": "group",
    "role": "role",
    "policy": "policy",
    "instance-profile": "Instance Profile",
    "server-certificate": "Server Certificate",
}


def no_such(kind: str, name: str) -> AwsError:
    if kind == "instance-profile":
        return no_such_entity(f"Instance Profile {name} cannot be found.")
    return no_such_entity(f"The {_WORDS[kind]} with name {name} cannot be found.")


def no_such_entity(message: str) -> AwsError:
    return AwsError("NoSuchEntity", message, 404)


def no_such_policy(arn: str) -> AwsError:
    return no_such_entity(f"Policy {arn} was not found.")


def not_attachable(arn: str) -> AwsError:
    return no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def already_exists(kind: str, name: str) -> AwsError:
    if kind == "policy":
        message = f"A policy called {name} already exists. Duplicate names are not allowed."
    elif kind == "instance-profile":
        message = f"Instance Profile {name} already exists."
    elif kind == "server-certificate":
        message = f"The Server Certificate with name {name} already exists."
    else:
        message = f"{_WORDS[kind].capitalize()} with name {name} already exists."
    return entity_exists(message)


def entity_exists(message: str) -> AwsError:
    return AwsError("EntityAlreadyExists", message, 409)


def conflict(message: str) -> AwsError:
    return AwsError("DeleteConflict", message, 409)


def over_quota(quota: str, limit: int) -> AwsError:
    return limit_exceeded(f"Cannot exceed quota for {quota}: {limit}")


def limit_exceeded(message: str) -> AwsError:
    return AwsError("LimitExceeded", message, 409)


def invalid_input(message: str) -> AwsError:
    return AwsError("InvalidInput", message)


def validation_error(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def unmodifiable(message: str) -> AwsError:
    return AwsError("UnmodifiableEntity", message)
