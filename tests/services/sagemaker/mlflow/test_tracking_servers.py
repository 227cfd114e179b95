"""The life of MLflow tracking servers
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeMlflowTrackingServer.html). The sentences about
statuses are AWS's (https://github.com/aws/amazon-sagemaker-feedback/issues/104)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.runs.api import Environment
from clary.runs.fake import FakeExecutor
from tests.services.sagemaker.mlflow.conftest import Servers
from tests.support.principals import allow, trust, user

NAMED = {"TrackingServerName": "track"}
Track = Callable[..., str]


def shown(sm: Any) -> dict[str, Any]:
    return sm.describe_mlflow_tracking_server(**NAMED)


def status(sm: Any) -> tuple[str, str]:
    found = shown(sm)
    return found["TrackingServerStatus"], found["IsActive"]


def test_from_its_creation_to_its_end(sm: Any, role: str, track: Track, servers: Servers) -> None:
    arn = track(WeeklyMaintenanceWindowStart="Tue:03:30")
    assert arn == "arn:aws:sagemaker:us-east-1:111122223333:mlflow-tracking-server/track"
    assert status(sm) == ("Creating", "Inactive")
    servers.bring_up()
    assert status(sm) == ("Created", "Active")
    found = shown(sm)
    assert found["TrackingServerUrl"].startswith("http://t-")
    assert found["TrackingServerUrl"].endswith(".us-east-1.experiments.sagemaker.localhost:4566")
    expected = {
        "TrackingServerArn": arn,
        "ArtifactStoreUri": "s3://bucket/mlflow",
        "TrackingServerSize": "Small",
        "MlflowVersion": "1.2.3",
        "RoleArn": role,
        "AutomaticModelRegistration": False,
        "WeeklyMaintenanceWindowStart": "Tue:03:30",
        "S3BucketOwnerAccountId": "111122223333",
        "S3BucketOwnerVerification": True,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["CreatedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::111122223333:root"
    sm.stop_mlflow_tracking_server(**NAMED)
    assert status(sm)[0] == "Stopping"
    servers.turn(2)
    servers.end_stopped()
    servers.turn(2)
    assert status(sm) == ("Stopped", "Inactive")
    assert servers.runs.specs == {}
    sm.start_mlflow_tracking_server(**NAMED)
    assert status(sm)[0] == "Starting"
    servers.bring_up()
    assert status(sm) == ("Started", "Active")
    sm.delete_mlflow_tracking_server(**NAMED)
    servers.turn(2)
    servers.end_stopped()
    servers.turn(2)
    with pytest.raises(ClientError, match=r"ResourceNotFound.*does not exist"):
        shown(sm)
    (folder,) = servers.runs.discarded
    assert folder.startswith("mlflow-tracking-server-track-111122223333-us-east-1-")


def test_what_its_program_is_given(sm: Any, track: Track, servers: Servers) -> None:
    track(TrackingServerSize="Large", ArtifactStoreUri="s3://bucket/a/")
    servers.turn()
    (spec,) = servers.runs.specs.values()
    assert spec.env["CLARY_ARTIFACT_ROOT"] == "s3://bucket/a"
    assert spec.env["MLFLOW_S3_EXPECTED_BUCKET_OWNER"] == "111122223333"
    assert (spec.environment, spec.resources.memory, spec.sockets) == ("mlflow", 8 << 30, True)
    assert spec.credentials_token


def test_the_owner_of_the_bucket_is_not_verified_where_that_is_switched_off(
    sm: Any, track: Track, servers: Servers
) -> None:
    track(S3BucketOwnerVerification=False)
    servers.turn()
    (spec,) = servers.runs.specs.values()
    assert "MLFLOW_S3_EXPECTED_BUCKET_OWNER" not in spec.env


def test_an_update_of_the_artifact_store_starts_it_again_on_the_same_store(
    sm: Any, track: Track, servers: Servers
) -> None:
    track()
    servers.bring_up()
    (before,) = servers.runs.specs.values()
    sm.update_mlflow_tracking_server(**NAMED, ArtifactStoreUri="s3://bucket/other")
    assert status(sm)[0] == "Updating"
    servers.turn(2)
    assert len(servers.runs.specs) == 1, "two servers at once would be on one store"
    servers.end_stopped()
    servers.turn(2)
    servers.bring_up()
    assert status(sm) == ("Updated", "Active")
    (after,) = servers.runs.specs.values()
    assert after.env["CLARY_ARTIFACT_ROOT"] == "s3://bucket/other"
    assert after.lasting == before.lasting


def test_an_update_of_what_the_program_does_not_know_leaves_it_alone(
    sm: Any, track: Track, servers: Servers
) -> None:
    track()
    servers.bring_up()
    sm.update_mlflow_tracking_server(**NAMED, AutomaticModelRegistration=True)
    servers.turn(2)
    assert status(sm) == ("Updated", "Active")
    assert (len(servers.runs.specs), servers.runs.stops) == (1, [])


def test_a_server_that_dies_is_followed_by_another(sm: Any, track: Track, servers: Servers) -> None:
    track()
    servers.bring_up()
    servers.kill()
    servers.bring_up()
    assert status(sm) == ("Created", "Active")
    assert len(servers.runs.specs) == 1, "what the dead one left is removed"


def test_a_server_that_never_answers_fails_and_can_be_started_again(
    sm: Any, track: Track, servers: Servers
) -> None:
    track()
    for _ in range(3):
        servers.turn(3)
        for run in list(servers.runs.specs):
            if servers.runs.inspect(run).phase == "preparing":
                servers.runs.finish(run, code=1)
        servers.turn(3)
    assert status(sm) == ("CreateFailed", "Inactive")
    servers.turn(2)
    assert servers.runs.specs == {}
    with pytest.raises(ClientError, match="in status CREATE_FAILED, can't be started"):
        sm.start_mlflow_tracking_server(**NAMED)
    sm.delete_mlflow_tracking_server(**NAMED)
    servers.turn(2)
    assert sm.list_mlflow_tracking_servers()["TrackingServerSummaries"] == []


def test_a_server_that_falls_silent_is_replaced(sm: Any, track: Track, servers: Servers) -> None:
    track()
    stub = servers.bring_up()
    stub.well = False
    servers.turn(30, 5.0)
    assert servers.runs.stops, "it was silent for more than a minute"
    servers.end_stopped()
    servers.bring_up()
    assert status(sm) == ("Created", "Active")


def test_an_environment_that_is_made_first(
    sm: Any, track: Track, servers: Servers, runs: FakeExecutor
) -> None:
    runs.environments["mlflow"] = Environment("making", "3.1.0")
    track()
    servers.turn(3)
    assert status(sm)[0] == "Creating"
    assert runs.specs == {}
    del runs.environments["mlflow"]
    servers.turn(2)
    servers.bring_up()
    assert status(sm)[0] == "Created"


def test_an_environment_that_cannot_be_had(
    sm: Any, track: Track, servers: Servers, runs: FakeExecutor
) -> None:
    runs.environments["mlflow"] = Environment("failed", "3.1.0", "no index")
    track()
    servers.turn(2)
    assert status(sm) == ("CreateFailed", "Inactive")


@pytest.mark.parametrize("asked", ["1.2.3", "1.2"])
def test_the_version_that_is_here(sm: Any, track: Track, asked: str) -> None:
    track(MlflowVersion=asked)
    assert shown(sm)["MlflowVersion"] == "1.2.3"


def test_a_version_that_is_not_here_is_refused(sm: Any, track: Track) -> None:
    with pytest.raises(
        ClientError, match=r"MLflow version 2.16.2 is not supported. Supported versions: \[1.2.3\]"
    ):
        track(MlflowVersion="2.16.2")
    assert sm.list_mlflow_tracking_servers()["TrackingServerSummaries"] == []


def test_calls_that_its_status_does_not_allow(sm: Any, track: Track, servers: Servers) -> None:
    arn = track()
    wrong = f"Tracking Server with ARN {arn} is currently in status CREATING, can't be"
    with pytest.raises(ClientError, match=f"ValidationException.*{wrong} stopped"):
        sm.stop_mlflow_tracking_server(**NAMED)
    with pytest.raises(sm.exceptions.ConflictException, match=f"{wrong} updated"):
        sm.update_mlflow_tracking_server(**NAMED, TrackingServerSize="Medium")
    with pytest.raises(ClientError, match=r"un-deletable state \(CREATING\), so it cannot be deleted"):
        sm.delete_mlflow_tracking_server(**NAMED)
    servers.bring_up()
    with pytest.raises(ClientError, match="in status CREATED, can't be started"):
        sm.start_mlflow_tracking_server(**NAMED)
    with pytest.raises(ClientError, match="already exists"):
        track()


@pytest.mark.parametrize("call", ["describe", "stop", "start", "delete", "update"])
def test_a_server_that_is_not_there(sm: Any, call: str) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(sm, f"{call}_mlflow_tracking_server")(TrackingServerName="none")
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_store_that_is_not_in_s3(sm: Any, track: Track) -> None:
    with pytest.raises(ClientError, match="must be a URI of Amazon S3"):
        track(ArtifactStoreUri="https://bucket.s3.amazonaws.com/mlflow")


def test_a_role_that_may_not_be_passed_or_taken(
    sm: Any, client: Callable[..., Any], role: str, track: Track
) -> None:
    keys = user(client, "dev", allow("sagemaker:*"))
    request = {"TrackingServerName": "track", "ArtifactStoreUri": "s3://bucket/m", "RoleArn": role}
    with pytest.raises(ClientError, match=r"not authorized to perform: iam:PassRole"):
        client("sagemaker", **keys).create_mlflow_tracking_server(**request)
    made = client("iam").create_role(
        RoleName="Other", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"})
    )
    with pytest.raises(ClientError, match="Could not assume role"):
        track(RoleArn=made["Role"]["Arn"])


def test_lists_and_tags(sm: Any, track: Track, servers: Servers) -> None:
    arn = track(Tags=[{"Key": "team", "Value": "a"}])
    track(TrackingServerName="other")
    servers.bring_up()
    found = sm.list_mlflow_tracking_servers(SortBy="Name", SortOrder="Ascending")["TrackingServerSummaries"]
    assert [one["TrackingServerName"] for one in found] == ["other", "track"]
    assert found[1]["TrackingServerArn"] == arn
    assert (found[1]["IsActive"], found[1]["MlflowVersion"]) == ("Active", "1.2.3")
    for wanted, count in (("1.2.3", 2), ("9.9.9", 0)):
        listed = sm.list_mlflow_tracking_servers(MlflowVersion=wanted, TrackingServerStatus="Created")
        assert len(listed["TrackingServerSummaries"]) == count
    assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_a_name_of_the_longest_kind(sm: Any, track: Track, servers: Servers) -> None:
    name = "a" * 256
    track(TrackingServerName=name)
    servers.bring_up()
    assert sm.describe_mlflow_tracking_server(TrackingServerName=name)["TrackingServerStatus"] == "Created"
