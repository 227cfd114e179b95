"""Objects are written, copied, tagged, deleted and replicated while the platform's processes are killed: what was acknowledged is
there, unchanged, and so is each replica, once.

CLARY_OBJECTS_SECONDS says for how long (default 10; `./run trial objects` makes it an hour), CLARY_OBJECTS_EVERY how many seconds
there are between two kills (default 2, there 30), CLARY_KILL_SEED repeats what is drawn.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.recovery import victims
from tests.recovery.object_writers import PLAIN, SOURCE, TARGET, Writer, etag_of
from tests.support.live import Live
from tests.support.waiting import until

SECONDS = float(os.environ.get("CLARY_OBJECTS_SECONDS") or 10)
EVERY = float(os.environ.get("CLARY_OBJECTS_EVERY") or 2)
SEED = int(os.environ.get("CLARY_KILL_SEED") or time.time())
pytestmark = [pytest.mark.recovery, pytest.mark.timeout(int(600 + 3 * SECONDS))]

_WRITERS = 3
_LARGEST = 400 << 20  # bytes of memory of a gateway
_SAMPLE = 500  # bodies that are read again
_WEIGHTS = {"gateway": 3, "warden": 1, "controllers": 1}
_ACTIONS = "s3:GetReplicationConfiguration s3:GetObjectVersionForReplication s3:GetObjectVersionTagging s3:ReplicateObject s3:ReplicateDelete s3:ReplicateTags"


@pytest.fixture
def buckets(live: Live) -> Any:
    """A bucket that replicates to another one, and one without versions. The client."""
    s3, iam = live.client("s3"), live.client("iam")
    for name in (SOURCE, TARGET, PLAIN):
        s3.create_bucket(Bucket=name)
    for name in (SOURCE, TARGET):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    may = {"Effect": "Allow", "Action": _ACTIONS.split(), "Resource": "*"}
    role = iam.create_role(RoleName="replicator", AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="replicator", PolicyName="p", PolicyDocument=_policy(may))
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{TARGET}"},
    }
    s3.put_bucket_replication(Bucket=SOURCE, ReplicationConfiguration={"Role": role, "Rules": [rule]})
    return s3


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_nothing_acknowledged_is_lost_or_changed_and_everything_is_replicated_once(
    live: Live, buckets: Any
) -> None:
    print(f"\nCLARY_OBJECTS_SECONDS={SECONDS:.0f} CLARY_OBJECTS_EVERY={EVERY:.0f} CLARY_KILL_SEED={SEED}")
    writers = [Writer(live, f"w{number}", SEED) for number in range(_WRITERS)]
    for writer in writers:
        writer.start()
    memory = kill_for_a_while(live)
    for writer in writers:
        writer.finish()
    until(victims.complete(live), 60)
    until(lambda: waiting(live) == 0, 120 + SECONDS, 0.5)
    here, there = versions(buckets, SOURCE), versions(buckets, TARGET)
    for writer in writers:
        check_versions(writer, here)
        check_plain(writer, buckets)
    assert there == here, "each version has one replica, with its id and its ETag"
    assert latest(buckets, SOURCE) == latest(buckets, TARGET)
    check_bodies(buckets, here)
    print(
        f"{sum(len(one.versions) for one in writers)} versions acknowledged, {len(here)} there, all replicated; "
        f"{sum(one.unanswered for one in writers)} calls without an answer; gateway {max(memory) >> 20} MiB at most"
    )
    assert max(memory) < _LARGEST


def kill_for_a_while(live: Live) -> list[int]:
    """Kill a process now and then; return the memory of the gateway before each kill, in bytes."""
    chance, end, memory = random.Random(SEED), time.monotonic() + SECONDS, []
    while time.monotonic() < end:
        # The moment of the kill is the subject of this test.
        threading.Event().wait(min(EVERY * chance.uniform(0.5, 1.5), max(0.0, end - time.monotonic())))
        gateway = live.process("gateway")
        memory += [_resident(gateway.pid)] if gateway else []
        kind = victims.kill(live, chance, _WEIGHTS)
        until(victims.complete(live), 60)
        print(f"{time.strftime('%X')} {kind}: {memory[-1] >> 20 if memory else 0} MiB", flush=True)
    return memory or [0]


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def waiting(live: Live) -> int:
    """How many versions are to be replicated still, by what HeadObject says of each key's newest version."""
    s3 = live.client("s3")
    newest = [one for one in pages(s3, SOURCE, "Versions") if one["IsLatest"]]
    found = [s3.head_object(Bucket=SOURCE, Key=one["Key"]).get("ReplicationStatus") for one in newest]
    return sum(status != "COMPLETED" for status in found) or missing(s3)


def missing(s3: Any) -> int:
    return len(versions(s3, SOURCE)) - len(versions(s3, TARGET))


def pages(s3: Any, bucket: str, *members: str) -> list[dict[str, Any]]:
    found = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return [one for page in found for member in members for one in page.get(member, [])]


def versions(s3: Any, bucket: str) -> dict[tuple[str, str], str]:
    """The ETag of each version, '' of each delete marker."""
    every = pages(s3, bucket, "Versions", "DeleteMarkers")
    return {(one["Key"], one["VersionId"]): one.get("ETag", "").strip('"') for one in every}


def latest(s3: Any, bucket: str) -> set[str]:
    return {one["VersionId"] for one in pages(s3, bucket, "Versions", "DeleteMarkers") if one["IsLatest"]}


def check_versions(writer: Writer, here: dict[tuple[str, str], str]) -> None:
    assert {version: here.get(version) for version in writer.versions} == writer.versions
    assert {version: here.get(version) for version in writer.markers} == dict.fromkeys(writer.markers, "")


def check_plain(writer: Writer, s3: Any) -> None:
    for key, may_be in writer.plain.items():
        try:
            found = etag_of(s3.get_object(Bucket=PLAIN, Key=key)["Body"].read())
        except s3.exceptions.NoSuchKey:
            found = ""
        assert found in may_be, key


def check_bodies(s3: Any, here: dict[tuple[str, str], str]) -> None:
    """Read some of the versions again, at both ends."""
    whole = [version for version, etag in here.items() if etag and "-" not in etag]
    for key, version in random.Random(SEED).sample(whole, min(_SAMPLE, len(whole))):
        for bucket in (SOURCE, TARGET):
            body = s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()
            assert etag_of(body) == here[key, version], (bucket, key, version)
