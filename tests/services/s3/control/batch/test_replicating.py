"""Jobs that replicate what is there. Oracle: "Replicating existing objects with Batch Replication"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html), and lines that AWS wrote: `…,succeeded,200,,success` and
`…,failed,500,SrcObjectNotEligible,Object is not eligible for replication`."""

from __future__ import annotations

import json

import pytest

from tests.services.s3.control.batch.conftest import TRUST
from tests.services.s3.replication.conftest import *  # noqa: F403
from tests.services.s3.replication.conftest import make, rule
from tests.support.principals import allow, role

REPLICATE = {"S3ReplicateObject": {}}
NOT_ELIGIBLE = ["failed", "500", "SrcObjectNotEligible", "Object is not eligible for replication"]


@pytest.fixture
def source(s3):
    return make(s3, "source")


@pytest.fixture
def destination(s3):
    return make(s3, "target")


@pytest.fixture
def run(create, work, reported):
    def go(**more):
        job = create(REPLICATE, **more)
        work()
        return [line[1:] for line in reported(job)]

    return go


def generator(**more):
    wanted = {"SourceBucket": "arn:aws:s3:::source", "EnableManifestOutput": False, **more}
    return {"ManifestGenerator": {"S3JobManifestGenerator": wanted}}


def test_objects_that_were_there_before_the_rules(s3, source, destination, lists, configure, run, status):
    """ "Objects that existed before a replication configuration was in place": all versions, under their own ids."""
    versions = [s3.put_object(Bucket=source, Key="a", Body=f"{n}".encode())["VersionId"] for n in range(2)]
    configure(source, rule("target"))
    assert s3.list_object_versions(Bucket=destination).get("Versions") is None
    lines = run(**generator())
    assert lines == [["a", version, "succeeded", "200", "", "success"] for version in reversed(versions)]
    found = s3.list_object_versions(Bucket=destination)["Versions"]
    assert [one["VersionId"] for one in found] == list(reversed(versions))
    assert (status(source, "a"), status(destination, "a")) == ("COMPLETED", "REPLICA")


def test_objects_that_no_rule_is_for(s3, source, destination, manifest, configure, run):
    version = s3.put_object(Bucket=source, Key="b", Body=b"1")["VersionId"]
    assert run(Manifest=manifest(source, ("b", version))) == [["b", version, *NOT_ELIGIBLE]]
    configure(source, rule("target", Filter={"Prefix": "in/"}))
    assert run(Manifest=manifest(source, ("b", version))) == [["b", version, *NOT_ELIGIBLE]]


def test_replicas(s3, source, destination, lists, configure, run, replicate, status):
    """ "Replicate replicas of objects": live replication leaves them out."""
    configure(source, rule("target"))
    make(s3, "third")
    configure(destination, rule("third"))
    version = s3.put_object(Bucket=source, Key="a", Body=b"1")["VersionId"]
    replicate()
    assert "Contents" not in s3.list_objects_v2(Bucket="third")
    lines = run(
        **generator(SourceBucket="arn:aws:s3:::target", Filter={"ObjectReplicationStatuses": ["REPLICA"]})
    )
    assert lines == [["a", version, "succeeded", "200", "", "success"]]
    assert (status(destination, "a"), status("third", "a")) == ("REPLICA", "REPLICA")


def test_what_failed_before(
    s3, source, destination, lists, configure, run, replicate, status, client, replicator
):
    configure(source, rule("target"))
    iam = client("iam")
    kept = iam.get_role_policy(RoleName="replicator", PolicyName="p")["PolicyDocument"]
    iam.delete_role_policy(RoleName="replicator", PolicyName="p")
    version = s3.put_object(Bucket=source, Key="a", Body=b"1")["VersionId"]
    replicate()
    assert status(source, "a") == "FAILED"
    failed = generator(Filter={"ObjectReplicationStatuses": ["FAILED"]})
    ((_, _, outcome, http, code, _),) = run(**failed)
    assert (outcome, http, code) == ("failed", "403", "AccessDenied")
    iam.put_role_policy(RoleName="replicator", PolicyName="p", PolicyDocument=json.dumps(kept))
    assert run(**failed) == [["a", version, "succeeded", "200", "", "success"]]
    assert status(source, "a") == "COMPLETED"


def test_delete_markers(s3, source, destination, lists, configure, run):
    s3.put_object(Bucket=source, Key="a", Body=b"1")
    marker = s3.delete_object(Bucket=source, Key="a")["VersionId"]
    configure(source, rule("target", DeleteMarkerReplication={"Status": "Enabled"}))
    lines = run(**generator(Filter={"EligibleForReplication": True}))
    assert [line[2] for line in lines] == ["succeeded", "succeeded"]
    found = s3.list_object_versions(Bucket=destination)
    assert [one["VersionId"] for one in found["DeleteMarkers"]] == [marker]


def test_the_right_to_initiate_replication(client, s3, source, destination, manifest, configure, run):
    version = s3.put_object(Bucket=source, Key="a", Body=b"1")["VersionId"]
    configure(source, rule("target"))
    may = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::lists/*")
    narrow = role(client, TRUST, may, name="narrow")
    ((*_, outcome, http, code, _),) = run(Manifest=manifest(source, ("a", version)), RoleArn=narrow)
    assert (outcome, http, code) == ("failed", "403", "InitiateReplicationNotPermitted")
    assert "Contents" not in s3.list_objects_v2(Bucket=destination)
