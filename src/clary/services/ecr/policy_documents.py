"""Whether a text is a policy that a repository or a registry may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.document import listed, statements_of
from clary.access.policy_parser import PolicyError, parse_policy, require
from clary.services.ecr.errors import invalid


def check(text: str, parameter: str, constraint: str, *, with_resource: bool) -> None:
    """Raise InvalidParameterException for a text that is no policy of ECR. Statements of a registry's policy name resources,
    those of a repository's policy do not."""
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal")
            _check(statement, with_resource)
    except PolicyError:
        raise invalid(parameter, constraint) from None


def _check(statement: Mapping[str, Any], with_resource: bool) -> None:
    """Raise PolicyError for actions of other services, and for resources where there are to be none."""
    actions = listed(statement.get("Action", statement.get("NotAction", [])))
    foreign = any(action != "*" and not action.lower().startswith("ecr:") for action in actions)
    resources = "Resource" in statement or "NotResource" in statement
    if foreign or resources != with_resource:
        raise PolicyError("syntax")
