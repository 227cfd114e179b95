"""Collect the lines of logged buckets in memory, and deliver them as objects of their target buckets.

"Server access log records are delivered on a best-effort basis" (ServerLogs, S3 User Guide): what was collected in the seconds
before a process is killed is lost. Where no bucket is logged, requests are not looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clary.access.identity import canonical_user
from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.answered import Answered
from clary.plane.signals import Closing
from clary.services.s3.access_logs.configuration import KIND, TOPIC
from clary.services.s3.access_logs.lines import line_of
from clary.services.s3.bucket_rows import Bucket, find_bucket, setting, with_settings
from clary.services.s3.service import s3
from clary.store.api import Tx

log = logging.getLogger("clary.s3")

PRINCIPAL = "logging.s3.amazonaws.com"
_EVERY = 15.0  # seconds between deliveries
_MOST = 50_000  # lines in memory; more are dropped
_IN_ONE = 20_000  # lines in one object
_DAY = 86400
# WRITE means nothing for an object.
_MEMBERS = {
    "FULL_CONTROL": "GrantFullControl",
    "READ": "GrantRead",
    "READ_ACP": "GrantReadACP",
    "WRITE_ACP": "GrantWriteACP",
}


class Line(NamedTuple):
    """A line and when its request began, in epoch seconds."""

    began: float
    text: str


class Collector:
    """The lines of one gateway. `buckets` are those that are logged, by name."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.buckets: dict[str, Bucket] = {}
        self.lines: dict[str, list[Line]] = defaultdict(list)
        self.kept = self.dropped = 0

    def hear(self, answered: Answered) -> None:
        """Keep the line of a request to a logged bucket."""
        bucket = self.buckets.get(answered.labels.get("Bucket") or "")
        if bucket is None or answered.operation.service.name != "s3":
            return
        if self.kept >= _MOST:
            self.dropped += 1
            return
        self.kept += 1
        self.lines[bucket.name].append(Line(answered.began, line_of(answered, bucket.name, bucket.owner)))

    async def refresh(self) -> None:
        """Read which buckets are logged, and listen only if there are any."""
        found = await self._platform.store.run(_logged, write=False)
        self.buckets = {bucket.name: bucket for bucket in found}
        hears = self.hear in self._platform.answered
        if bool(found) != hears:
            (self._platform.answered.append if found else self._platform.answered.remove)(self.hear)

    async def deliver(self) -> None:
        """Write what was collected. What a target does not take is lost, as on AWS."""
        collected, self.lines, self.kept = self.lines, defaultdict(list), 0
        if self.dropped:
            log.warning("%d lines of server access logs were dropped", self.dropped)
            self.dropped = 0
        for name, lines in collected.items():
            try:
                await _deliver(self._platform, name, lines)
            except AwsError as error:
                log.warning("The access log of %s could not be delivered: %s", name, error)


def _logged(tx: Tx) -> list[Bucket]:
    return [bucket for bucket, _ in with_settings(tx, KIND)]


async def _deliver(platform: Platform, name: str, lines: list[Line]) -> None:
    def look(tx: Tx) -> tuple[Bucket | None, Any]:
        return find_bucket(tx, name), setting(tx, name, KIND)

    bucket, wanted = await platform.store.run(look, write=False)
    if bucket is None or wanted is None:
        return
    # A bucket of the same name may be another one by now.
    own = [line for line in lines if line.began >= bucket.created]
    for moment, some in _files(wanted, own, platform.clock.now()):
        for start in range(0, len(some), _IN_ONE):
            await _put(platform, bucket, wanted, moment, some[start : start + _IN_ONE])


def _files(wanted: dict[str, Any], lines: list[Line], now: float) -> list[tuple[float, list[Line]]]:
    """Return the lines of each file, and the moment that its name tells: that of delivery, or the day of the requests."""
    partitioned = (wanted.get("TargetObjectKeyFormat") or {}).get("PartitionedPrefix")
    if partitioned is None or partitioned.get("PartitionDateSource") == "DeliveryTime":
        return [(now, lines)] if lines else []
    days: dict[float, list[Line]] = defaultdict(list)
    for line in lines:
        days[line.began // _DAY * _DAY].append(line)
    return list(days.items())


async def _put(
    platform: Platform, bucket: Bucket, wanted: dict[str, Any], moment: float, lines: list[Line]
) -> None:
    source = f"arn:{platform.settings.partition}:s3:::{bucket.name}"
    params = {
        "Bucket": wanted["TargetBucket"],
        "Key": key_of(bucket, wanted, moment, platform.ids.hex(16).upper()),
        "Body": "".join(f"{line.text}\n" for line in lines).encode(),
        "ContentType": "text/plain",
        **_grants(bucket.owner, wanted.get("TargetGrants") or []),
    }
    caller = Caller.of_service(PRINCIPAL, bucket.owner, source)
    await platform.aperform("s3", "PutObject", params, caller, bucket.region)


def _grants(owner: str, given: list[dict[str, Any]]) -> dict[str, str]:
    """Return the members of PutObject for target grants, beside which the owner keeps full control."""
    if not given:
        return {}
    granted: dict[str, list[str]] = {"GrantFullControl": [f'id="{canonical_user(owner)}"']}
    for grant in given:
        member, grantee = _MEMBERS.get(grant["Permission"]), grant["Grantee"]
        name = f'id="{grantee["ID"]}"' if grantee.get("ID") else f'uri="{grantee["URI"]}"'
        if member:
            granted.setdefault(member, []).append(name)
    return {member: ", ".join(names) for member, names in granted.items()}


def key_of(bucket: Bucket, wanted: dict[str, Any], moment: float, unique: str) -> str:
    """Return the key of a log object (ServerLogs, "Log object key format")."""
    at = datetime.fromtimestamp(moment, UTC)
    name = f"{at:%Y-%m-%d-%H-%M-%S}-{unique}"
    prefix = wanted["TargetPrefix"]
    if "PartitionedPrefix" not in (wanted.get("TargetObjectKeyFormat") or {}):
        return prefix + name
    return f"{prefix}{bucket.owner}/{bucket.region}/{bucket.name}/{at:%Y/%m/%d}/{name}"


def collector(platform: Platform) -> Collector:
    """Return the collector of this process."""
    if "s3:access-logs" not in platform.extras:
        platform.extras["s3:access-logs"] = Collector(platform)
    return platform.extras["s3:access-logs"]


@s3.background(tables=("s3_setting",))
async def keep_logging(platform: Platform) -> None:
    """Follow which buckets are logged, and deliver what was collected; also when the gateway ends."""
    collected = collector(platform)
    with platform.signals.watch(TOPIC) as watch:
        try:
            while True:
                await _safely(collected)
                await watch.wait(_EVERY)
        except (Closing, asyncio.CancelledError):
            await collected.deliver()
            raise


async def _safely(collected: Collector) -> None:
    try:
        await collected.deliver()
        await collected.refresh()  # also without a signal, which may be lost
    except Exception:
        log.exception("Access logs could not be delivered")
