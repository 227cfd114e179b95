"""Lifecycle policies as texts: what AWS accepts, and what nobody here would carry out.

Source: "Lifecycle policy properties in Amazon ECR" (Amazon ECR User Guide, lifecycle_policy_parameters).
"""

from __future__ import annotations

from typing import Any, NoReturn

import orjson

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented
from clary.services.ecr.errors import invalid
from clary.services.ecr.lifecycle.rules import Rule, rule_of

_MOST_RULES = 50
_MOST_PATTERNS = 100
_MOST_WILDCARDS = 4  # "maximum limit of four wildcards (*) per string"
_STATUSES = ("tagged", "untagged", "any")
_LISTS = ("tagPrefixList", "tagPatternList")
_COUNTS = ("imageCountMoreThan", "sinceImagePushed")
_ELSEWHERE = ("sinceImagePulled", "sinceImageTransitioned")
_SELECTION = {"tagStatus", "countType", "countUnit", "countNumber", "storageClass", *_LISTS}


def parse(text: str) -> list[Rule]:
    """Return the rules of a policy. Raise InvalidParameterException for what is none, NotImplemented for images that would
    move to the archive."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _wrong("Lifecycle policy is not valid JSON") from None
    said = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(said, list) or not 1 <= len(said) <= _MOST_RULES or set(document) != {"rules"}:
        raise _wrong(f"A lifecycle policy has 1 to {_MOST_RULES} rules and nothing else")
    for rule in said:
        _check(rule)
    rules = [rule_of(rule) for rule in said]
    _check_together(rules)
    return rules


def _check(rule: Any) -> None:
    if not isinstance(rule, dict) or set(rule) - {"rulePriority", "description", "selection", "action"}:
        raise _wrong("A rule has an element that is not known")
    if not _is_positive(rule.get("rulePriority")):
        raise _wrong("rulePriority must be a positive integer")
    if not isinstance(rule.get("description", ""), str):
        raise _wrong("description must be a string")
    _check_action(rule.get("action"))
    selection = rule.get("selection")
    if not isinstance(selection, dict) or set(selection) - _SELECTION:
        raise _wrong("selection is missing or has an element that is not known")
    _check_count(selection)
    _check_tags(selection)


def _check_action(action: Any) -> None:
    if isinstance(action, dict) and action.get("type") == "transition":
        _refuse("a transition")
    if action != {"type": "expire"}:
        raise _wrong("action must have the type expire")


def _check_count(selection: dict[str, Any]) -> None:
    kind = selection.get("countType")
    if kind in _ELSEWHERE:
        _refuse(f"countType {kind}")
    if selection.get("storageClass", "standard") != "standard":
        _refuse("a storageClass")
    if kind not in _COUNTS:
        raise _wrong(f"countType must be one of {', '.join(_COUNTS)}")
    if not _is_positive(selection.get("countNumber")):
        raise _wrong("countNumber must be a positive integer")
    if ("countUnit" in selection) != (kind == "sinceImagePushed") or selection.get(
        "countUnit", "days"
    ) != "days":
        raise _wrong("countUnit must be days for sinceImagePushed, and is for no other countType")


def _check_tags(selection: dict[str, Any]) -> None:
    status = selection.get("tagStatus")
    given = [name for name in _LISTS if name in selection]
    if status not in _STATUSES:
        raise _wrong(f"tagStatus must be one of {', '.join(_STATUSES)}")
    if len(given) != (status == "tagged"):
        raise _wrong("tagPrefixList or tagPatternList, one of both, is for the tagStatus tagged")
    for name in given:
        _check_patterns(name, selection[name])


def _check_patterns(name: str, patterns: Any) -> None:
    texts = isinstance(patterns, list) and all(
        isinstance(one, str) and 0 < len(one) <= 128 for one in patterns
    )
    if not texts or not 1 <= len(patterns) <= _MOST_PATTERNS:
        raise _wrong(f"{name} must be a list of strings")
    if name == "tagPatternList" and any(one.count("*") > _MOST_WILDCARDS for one in patterns):
        raise _wrong(f"A tag pattern can contain at most {_MOST_WILDCARDS} wildcards")
    if name == "tagPrefixList" and any("*" in one for one in patterns):
        raise _wrong("A tag prefix contains no wildcard")


def _check_together(rules: list[Rule]) -> None:
    priorities = [rule.priority for rule in rules]
    if len(set(priorities)) != len(priorities):
        raise _wrong("rulePriority must be unique")
    for status in ("any", "untagged"):
        if sum(rule.status == status for rule in rules) > 1:
            raise _wrong(f"There can be one rule with the tagStatus {status}")
    if any(rule.status == "any" and rule.priority != max(priorities) for rule in rules):
        raise _wrong("A rule with the tagStatus any must have the highest rulePriority")


def _is_positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31


def _refuse(what: str) -> NoReturn:
    raise not_implemented("ecr", f"a lifecycle policy with {what}")


def _wrong(what: str) -> AwsError:
    return invalid("LifecyclePolicyText", f"Lifecycle policy validation failure: {what}")
