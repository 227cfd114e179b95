"""Replication rules as values: which objects a rule is about, and how their replicas are to be. Knows no bucket and no row.

Source: "Replication configuration file elements" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

Params = dict[str, Any]
Tag = tuple[str, str]

ENABLED = "Enabled"
MINUTES = 15  # the one threshold that AWS has


class Without(NamedTuple):
    """What a rule leaves out: keys with one of these prefixes, objects with one of these tags."""

    prefixes: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()

    def matches(self, key: str, tags: Mapping[str, str]) -> bool:
        return any(key.startswith(prefix) for prefix in self.prefixes) or any(
            tags.get(name) == value for name, value in self.tags
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled rule.

    `storage` is '' for the class of the source; `kms_key` encrypts replicas of objects that a key of KMS encrypts, which are
    left out unless `with_kms`. `takes_over` gives replicas to the account of the destination. `modifications` carries changes
    of replicas back. `watched` asks for events of failures, `timed` for those of replicas that are late.
    """

    id: str
    priority: int
    destination: str
    account: str
    prefix: str
    tags: tuple[Tag, ...]
    without: Without
    markers: bool
    with_kms: bool
    modifications: bool
    storage: str
    kms_key: str
    takes_over: bool
    watched: bool
    timed: bool

    def matches(self, key: str, tags: Mapping[str, str]) -> bool:
        """Return whether the filter of the rule holds for an object."""
        return (
            key.startswith(self.prefix)
            and all(tags.get(name) == value for name, value in self.tags)
            and not self.without.matches(key, tags)
        )


class Configuration(NamedTuple):
    """The role that replicates, and the enabled rules."""

    role: str
    rules: tuple[Rule, ...]


@lru_cache(maxsize=256)
def configuration_of(document: str) -> Configuration:
    """Return a stored configuration (JSON) as a value."""
    stored = orjson.loads(document)
    return Configuration(
        stored["Role"], tuple(_rule(one) for one in stored["Rules"] if one["Status"] == ENABLED)
    )


def is_v2(rule: Params) -> bool:
    """Return whether a rule is of the newer form, which has a Filter."""
    return "Filter" in rule


def bucket_of(arn: str) -> str:
    """Return the name of the bucket in an ARN."""
    return arn.rpartition(":::")[2]


def is_on(element: Params | None) -> bool:
    return (element or {}).get("Status") == ENABLED


def _rule(stored: Params) -> Rule:
    given = stored.get("Filter") or {}
    said = given.get("And") or given
    tags = said.get("Tags") or ([said["Tag"]] if said.get("Tag") else [])
    criteria, to = stored.get("SourceSelectionCriteria") or {}, stored["Destination"]
    return Rule(
        id=stored["ID"],
        priority=stored.get("Priority") or 0,
        destination=bucket_of(to["Bucket"]),
        account=to.get("Account") or "",
        prefix=stored.get("Prefix") or said.get("Prefix") or "",
        tags=_pairs(tags),
        without=_without(said.get("Not") or {}),
        # The older form has no element for it: delete markers that a user makes are replicated.
        markers=is_on(stored.get("DeleteMarkerReplication")) or not is_v2(stored),
        with_kms=is_on(criteria.get("SseKmsEncryptedObjects")),
        modifications=is_on(criteria.get("ReplicaModifications")),
        storage=to.get("StorageClass") or "",
        kms_key=(to.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID") or "",
        takes_over=(to.get("AccessControlTranslation") or {}).get("Owner") == "Destination",
        watched=is_on(to.get("Metrics")),
        timed=is_on(to.get("ReplicationTime")),
    )


def _without(said: Params) -> Without:
    every = said.get("Or") or {}
    prefixes = list(every.get("Prefixes") or ()) + ([said["Prefix"]] if said.get("Prefix") else [])
    tags = list(every.get("Tags") or ()) + ([said["Tag"]] if said.get("Tag") else [])
    return Without(tuple(prefixes), _pairs(tags))


def _pairs(tags: Iterable[Params]) -> tuple[Tag, ...]:
    return tuple((tag["Key"], tag["Value"]) for tag in tags)


def strongest(rules: Iterable[Rule]) -> list[Rule]:
    """Return one rule for each destination, the one with the highest priority: "The higher the number, the higher the
    priority" (ReplicationRule, API reference)."""
    found: dict[str, Rule] = {}
    for rule in rules:
        known = found.get(rule.destination)
        if known is None or rule.priority > known.priority:
            found[rule.destination] = rule
    return list(found.values())
