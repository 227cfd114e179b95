"""Lifecycle configurations that S3 refuses, with its words.

Sources: recorded answers of AWS (`test_put_bucket_lifecycle_conf_exc`, `test_s3_transition_default_minimum_object_size`) and
PutBucketLifecycleConfiguration (API reference); the tests name reports of users for the other sentences.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clary.kernel import AwsError
from clary.services.s3 import errors, object_headers
from clary.services.s3.lifecycle import rules

Params = dict[str, Any]

_MOST = 1000  # rules
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)
_INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
_WORDS = {"Days": "Expiration", "NoncurrentDays": "NoncurrentVersionExpiration"}


def check(given: list[Params]) -> None:
    """Raise S3's error for rules that it does not take."""
    if not 1 <= len(given) <= _MOST:
        raise errors.malformed_xml()
    ids = [rule["ID"] for rule in given if rule.get("ID")]
    if len(set(ids)) < len(ids):
        raise _invalid("Rule ID must be unique. Found same ID for more than one rule", "ID")
    for rule in given:
        _check_rule(rule)


def check_smallest(value: str | None) -> str:
    """Return the TransitionDefaultMinimumObjectSize of a request, or its default."""
    if value is not None and value not in (rules.VARIES, rules.ALL_CLASSES):
        raise errors.invalid_request(f"Invalid TransitionDefaultMinimumObjectSize found: {value}")
    return value or rules.ALL_CLASSES


def _check_rule(rule: Params) -> None:
    if len(rule.get("ID") or "") > 255:
        raise _invalid("ID length should not exceed allowed limit of 255", "ID")
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise errors.malformed_xml()
    if ("Filter" in rule) == ("Prefix" in rule):
        raise errors.malformed_xml()
    if not any(action in rule for action in _ACTIONS):
        raise errors.invalid_request("At least one action needs to be specified in a rule")
    _check_filter(rule, rule.get("Filter") or {})
    _check_expiration(rule.get("Expiration"))
    _check_old(rule.get("NoncurrentVersionExpiration"))
    _check_moves(rule, "Transitions", "Transition", "Days")
    _check_moves(rule, "NoncurrentVersionTransitions", "NoncurrentVersionTransition", "NoncurrentDays")
    _check_abort(rule)


def _check_filter(rule: Params, given: Params) -> None:
    if len(given) > 1:
        raise errors.malformed_xml()
    every = given.get("And") or {}
    if "And" in given and len(every.get("Tags") or []) + len([n for n in every if n != "Tags"]) < 2:
        raise errors.malformed_xml()
    tags = every.get("Tags") or ([given["Tag"]] if given.get("Tag") else [])
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise errors.invalid_request("Duplicate Tag Keys are not allowed.")
    object_headers.tags_of(tags, limit=10)
    said = every or given
    above, below = said.get("ObjectSizeGreaterThan"), said.get("ObjectSizeLessThan")
    if above is not None and below is not None and above >= below:
        message = "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."
        raise errors.invalid_request(message)
    sized = above is not None or below is not None
    if (tags or sized) and rule.get("AbortIncompleteMultipartUpload"):
        what = "tags" if tags else "object size"
        raise errors.invalid_request(f"AbortIncompleteMultipartUpload cannot be specified with {what}.")
    if tags and (rule.get("Expiration") or {}).get("ExpiredObjectDeleteMarker"):
        raise errors.invalid_request("ExpiredObjectDeleteMarker cannot be specified with tags.")


def _check_expiration(expiration: Params | None) -> None:
    if expiration is None:
        return
    if len(expiration) != 1:
        raise errors.malformed_xml()
    _check_days(expiration, "Days", "Expiration")
    _check_date(expiration)


def _check_old(element: Params | None) -> None:
    if element is None:
        return
    if element.get("NoncurrentDays") is None:
        raise errors.malformed_xml()
    _check_days(element, "NoncurrentDays", "NoncurrentVersionExpiration")
    _check_kept(element)


def _check_kept(element: Params) -> None:
    kept = element.get("NewerNoncurrentVersions")
    if kept is not None and not 1 <= kept <= 100:
        raise _invalid(
            "'NewerNoncurrentVersions' must be a positive integer up to 100", "NewerNoncurrentVersions"
        )


def _check_days(element: Params, member: str, action: str) -> None:
    if element.get(member) is not None and element[member] <= 0:
        message = f"'{member}' for {action} action must be a positive integer"
        raise _invalid(message, member)


def _check_moves(rule: Params, member: str, action: str, days: str) -> None:
    seen: set[str] = set()
    for move in rule.get(member) or []:
        if not move.get("StorageClass") or (move.get(days) is None) == (move.get("Date") is None):
            raise errors.malformed_xml()
        if move["StorageClass"] in seen:
            raise errors.invalid_request(
                f"'StorageClass' must be different for '{action}' actions in same 'Rule'"
            )
        seen.add(move["StorageClass"])
        _check_move(rule, move, action, days)
        _check_kept(move)


def _check_move(rule: Params, move: Params, action: str, days: str) -> None:
    after, storage = move.get(days), move["StorageClass"]
    _check_date(move)
    if after is None:
        return
    if after < 0:
        raise _invalid(f"'{days}' in {action} action must be nonnegative", days)
    if storage in _INFREQUENT and after < 30:
        message = (
            f"'{days}' in {action} action must be greater than or equal to 30 for storageClass '{storage}'"
        )
        raise _invalid(message, days)
    ends = (rule.get("Expiration") if days == "Days" else rule.get("NoncurrentVersionExpiration")) or {}
    if ends.get(days) is not None and ends[days] <= after:
        message = f"'{days}' in the {_WORDS[days]} action for {_named(rule)} must be greater than '{days}' in the {action} action"
        raise _invalid(message, days)


def _named(rule: Params) -> str:
    return f"prefix '{rule['Prefix']}'" if "Prefix" in rule else f"filter '{_shown(rule['Filter'])}'"


def _shown(given: Params) -> str:
    return f"(prefix={given.get('Prefix', '')})" if given.get("Prefix") else "()"


def _check_date(element: Params) -> None:
    date = element.get("Date")
    if date is not None and float(date) % rules.DAY:
        moment = datetime.fromtimestamp(float(date), UTC)
        raise errors.invalid_argument(
            "'Date' must be at midnight GMT", "Date", f"{moment:%a %b %d %H:%M:%S} UTC {moment:%Y}"
        )


def _check_abort(rule: Params) -> None:
    abort = rule.get("AbortIncompleteMultipartUpload")
    if abort is not None and (abort.get("DaysAfterInitiation") or 0) <= 0:
        message = "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer"
        raise _invalid(message, "DaysAfterInitiation")


def _invalid(message: str, name: str) -> AwsError:
    return errors.invalid_argument(message, name)
