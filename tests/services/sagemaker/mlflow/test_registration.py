"""Models that are registered in MLflow appear in SageMaker's registry
(https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-track-experiments-model-registration.html)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clary.services.sagemaker.mlflow import talk
from tests.services.sagemaker.mlflow.conftest import Answer, Servers
from tests.services.sagemaker.mlflow.stub import Stub
from tests.support.images import SKLEARN
from tests.support.principals import allow, policy

SUFFIX = hashlib.sha256(b"track").hexdigest()[:6]
GROUP = f"churn-{SUFFIX}"


@pytest.fixture
def stub(track: Callable[..., str], registering_role: str, servers: Servers) -> Stub:
    track(AutomaticModelRegistration=True)
    return servers.bring_up()


def look(servers: Servers) -> None:
    """A minute passes, and the controller looks at the registry by itself."""
    servers.turn(8, 10.0)


def packages(sm: Any, group: str = GROUP) -> list[dict[str, Any]]:
    found = sm.list_model_packages(ModelPackageGroupName=group, SortOrder="Ascending")
    return [
        sm.describe_model_package(ModelPackageName=one["ModelPackageArn"])
        for one in found["ModelPackageSummaryList"]
    ]


def groups(sm: Any) -> list[str]:
    return [
        one["ModelPackageGroupName"] for one in sm.list_model_package_groups()["ModelPackageGroupSummaryList"]
    ]


def test_a_model_is_a_group_and_its_versions_are_packages(sm: Any, stub: Stub, servers: Servers) -> None:
    stub.register("churn", description="the first")
    stub.register("churn")
    stub.models.append("empty")
    look(servers)
    assert sorted(groups(sm)) == [GROUP, f"empty-{SUFFIX}"]
    first, second = packages(sm)
    assert first["ModelPackageArn"].endswith(f":model-package/{GROUP}/1")
    assert first["ModelApprovalStatus"] == "PendingManualApproval"
    assert first["SourceUri"] == "s3://bucket/artifacts/churn"
    assert first["ModelPackageDescription"] == "the first"
    assert first["CustomerMetadataProperties"]["mlflow.version"] == "1"
    assert first["CreatedBy"]["IamIdentity"]["Arn"].endswith(":assumed-role/Jobs/track")
    tags = [one["tags"][0] for one in stub.versions]
    assert {tag["key"] for tag in tags} == {"sagemaker.model_package_arn"}
    assert [tag["value"] for tag in tags] == [first["ModelPackageArn"], second["ModelPackageArn"]]


def test_what_was_carried_over_is_not_carried_over_again(sm: Any, stub: Stub, servers: Servers) -> None:
    stub.register("churn")
    look(servers)
    look(servers)
    assert len(packages(sm)) == 1
    assert len(stub.versions[0]["tags"]) == 1


def test_killed_between_the_package_and_its_tag(
    sm: Any, stub: Stub, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    stub.register("churn")
    with monkeypatch.context() as patch:
        patch.setattr(talk, "tell", die)
        with pytest.raises(KeyboardInterrupt):
            look(servers)
    assert stub.versions[0]["tags"] == []
    servers.turn(8, 10.0)
    (package,) = packages(sm)
    assert stub.versions[0]["tags"][0]["value"] == package["ModelPackageArn"]


def test_a_name_that_is_registered_again(sm: Any, stub: Stub, servers: Servers) -> None:
    stub.register("churn")
    look(servers)
    stub.versions.clear()
    stub.register("churn", creation_timestamp=1800000000000)
    look(servers)
    assert len(packages(sm)) == 2, "MLflow's version 1 is another model now"


def test_aliases_are_stages_of_the_life_cycle(sm: Any, stub: Stub, servers: Servers) -> None:
    stub.register("churn")
    stub.aliases = [("churn", "champion", "1"), ("churn", "sagemakerlifecycle-staging-pending", "1")]
    look(servers)
    assert packages(sm)[0]["ModelLifeCycle"] == {"Stage": "staging", "StageStatus": "pending"}
    stub.aliases.append(("churn", "sagemakerlifecycle-production-active", "1"))
    look(servers)
    assert packages(sm)[0]["ModelLifeCycle"] == {"Stage": "production", "StageStatus": "active"}
    stub.aliases.append(("churn", "sagemakerlifecycle-nowhere-active", "1"))
    look(servers)
    assert packages(sm)[0]["ModelLifeCycle"]["Stage"] == "production"


def test_a_stage_that_is_set_again(sm: Any, stub: Stub, servers: Servers) -> None:
    stub.register("churn")
    for status in ("active", "pending"):
        stub.aliases = [("churn", f"sagemakerlifecycle-staging-{status}", "1")]
        look(servers)
    stub.aliases = [("churn", "sagemakerlifecycle-staging-active", "1")]
    look(servers)
    assert packages(sm)[0]["ModelLifeCycle"]["StageStatus"] == "active"


def test_an_inference_specification_goes_along(
    sm: Any, stub: Stub, servers: Servers, client: Callable[..., Any]
) -> None:
    specification = {"Containers": [{"Image": SKLEARN}], "SupportedContentTypes": ["text/csv"]}
    key = "artifacts/churn/sagemaker_inference_specification.json"
    client("s3").put_object(Bucket="bucket", Key=key, Body=json.dumps(specification).encode())
    stub.register("churn")
    look(servers)
    assert packages(sm)[0]["InferenceSpecification"]["Containers"][0]["Image"] == SKLEARN


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"Containers": [{"Image": "no such image"}]}', b'{"Nonsense": 1}']
)
def test_what_is_no_specification_is_ignored(
    sm: Any, stub: Stub, servers: Servers, client: Callable[..., Any], body: bytes
) -> None:
    key = "artifacts/churn/sagemaker_inference_specification.json"
    client("s3").put_object(Bucket="bucket", Key=key, Body=body)
    stub.register("churn")
    look(servers)
    (package,) = packages(sm)
    assert "InferenceSpecification" not in package


def test_a_role_without_the_rights_registers_later(
    sm: Any, track: Callable[..., str], role: str, servers: Servers, client: Callable[..., Any]
) -> None:
    track(AutomaticModelRegistration=True)
    stub = servers.bring_up()
    stub.register("churn")
    look(servers)
    assert groups(sm) == []
    client("iam").put_role_policy(
        RoleName="Jobs", PolicyName="register", PolicyDocument=policy(allow("sagemaker:*"))
    )
    look(servers)
    assert len(packages(sm)) == 1


def test_one_model_does_not_keep_the_others_back(
    sm: Any, stub: Stub, servers: Servers, client: Callable[..., Any]
) -> None:
    denied = {
        "Effect": "Deny",
        "Action": "sagemaker:CreateModelPackage",
        "Resource": f"arn:aws:sagemaker:*:*:model-package/a-{SUFFIX}*",
    }
    client("iam").put_role_policy(RoleName="Jobs", PolicyName="no", PolicyDocument=policy(denied))
    for name in ("a", "name with spaces", "churn"):
        stub.register(name)
    look(servers)
    assert len(packages(sm)) == 1
    assert packages(sm, f"a-{SUFFIX}") == []


def test_nothing_is_registered_unless_that_is_asked_for(
    sm: Any, track: Callable[..., str], registering_role: str, servers: Servers
) -> None:
    track()
    stub = servers.bring_up()
    stub.register("churn")
    look(servers)
    assert groups(sm) == []
    sm.update_mlflow_tracking_server(TrackingServerName="track", AutomaticModelRegistration=True)
    look(servers)
    assert groups(sm) == [GROUP]


def test_an_app_registers_too(sm: Any, registering_role: str, servers: Servers) -> None:
    request = {"Name": "a", "ArtifactStoreUri": "s3://bucket/a", "RoleArn": registering_role}
    arn = sm.create_mlflow_app(**request, ModelRegistrationMode="AutoModelRegistrationEnabled")["Arn"]
    servers.bring_up().register("churn")
    look(servers)
    suffix = hashlib.sha256(arn.rpartition("/")[2].encode()).hexdigest()[:6]
    assert groups(sm) == [f"churn-{suffix}"]


def test_a_client_has_its_answer_when_the_registry_has_the_model(
    sm: Any, stub: Stub, servers: Servers, signed: Callable[..., Answer]
) -> None:
    arn = sm.describe_mlflow_tracking_server(TrackingServerName="track")["TrackingServerArn"]
    with ThreadPoolExecutor(1) as thread:
        body = {"name": "churn"}
        asked = thread.submit(signed, arn, "POST", "/api/2.0/mlflow/registered-models/create", body)
        while not asked.done():
            servers.turn(1, 0.1)
    assert asked.result()[0] == 200
    assert groups(sm) == [GROUP]


def test_a_name_that_no_group_can_have(sm: Any, stub: Stub, signed: Callable[..., Answer]) -> None:
    """ "Do not use spaces in a model name … The registration process fails" (the guide)."""
    arn = sm.describe_mlflow_tracking_server(TrackingServerName="track")["TrackingServerArn"]
    for name in ("my model", "a_b", "x" * 60):
        status, headers, _ = signed(arn, "POST", "/api/2.0/mlflow/registered-models/create", {"name": name})
        assert (status, headers["x-amzn-errortype"]) == (400, "INVALID_PARAMETER_VALUE")
    assert stub.models == []
