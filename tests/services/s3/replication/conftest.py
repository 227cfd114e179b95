"""Two buckets, a role that may replicate from one to the other, and what carries the rules out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.services.s3.replication.background import turn
from tests.inprocess import Loop
from tests.support.principals import allow, role, trust

S3 = trust({"Service": "s3.amazonaws.com"})
READING = (
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionTagging",
    "s3:GetObjectRetention",
    "s3:GetObjectLegalHold",
)
WRITING = (
    "s3:ReplicateObject",
    "s3:ReplicateDelete",
    "s3:ReplicateTags",
    "s3:ObjectOwnerOverrideToBucketOwner",
)


@pytest.fixture
def target(s3: Any) -> str:
    make(s3, "target")
    return "target"


def make(s3: Any, name: str, **options: Any) -> str:
    """A bucket with versioning."""
    s3.create_bucket(Bucket=name, **options)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def replicator(client: Callable[..., Any]) -> str:
    """The ARN of a role with AWS's policy for replication (setting-repl-config-perm-overview, S3 User Guide)."""
    may = (allow(list(READING)), allow(list(WRITING)))
    return role(client, S3, *may, name="replicator")


def rule(to: str, **more: Any) -> dict[str, Any]:
    """A rule of the newer form for all objects."""
    destination = {"Bucket": f"arn:aws:s3:::{to}", **more.pop("Destination", {})}
    return {
        "ID": f"to-{to}",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": destination,
        **more,
    }


@pytest.fixture
def configure(s3: Any, replicator: str) -> Callable[..., None]:
    """`configure("bucket", rule("target"))`."""

    def put(bucket: str, *rules: dict[str, Any]) -> None:
        wanted = {"Role": replicator, "Rules": list(rules)}
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=wanted)

    return put


@pytest.fixture
def replicate(platform: Platform, loop: Loop) -> Callable[[], int]:
    """Carry out all that is due; return how many tasks that was."""

    def go() -> int:
        done = 0
        while found := loop.run(turn(platform)):
            done += found
        return done

    return go


@pytest.fixture
def status(s3: Any) -> Callable[..., str | None]:
    """`status("bucket", "k")`: the replication status that HeadObject shows."""

    def look(bucket: str, key: str, **more: Any) -> str | None:
        return s3.head_object(Bucket=bucket, Key=key, **more).get("ReplicationStatus")

    return look
