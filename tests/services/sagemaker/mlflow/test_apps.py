"""MLflow apps (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeMlflowApp.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.mlflow.conftest import Servers

Make = Callable[..., str]


@pytest.fixture
def make(sm: Any, role: str) -> Make:
    def create(**more: Any) -> str:
        request = {"Name": "app", "ArtifactStoreUri": "s3://bucket/mlflow", "RoleArn": role}
        return sm.create_mlflow_app(**{**request, **more})["Arn"]

    return create


def status(sm: Any, arn: str) -> str:
    return sm.describe_mlflow_app(Arn=arn)["Status"]


def test_from_its_creation_to_its_end(sm: Any, make: Make, role: str, servers: Servers) -> None:
    arn = make(WeeklyMaintenanceWindowStart="Sun:00:00", Tags=[{"Key": "a", "Value": "b"}])
    assert arn.startswith("arn:aws:sagemaker:us-east-1:111122223333:mlflow-app/app-")
    assert status(sm, arn) == "Creating"
    servers.bring_up()
    found = sm.describe_mlflow_app(Arn=arn)
    expected = {
        "Arn": arn,
        "Name": "app",
        "Status": "Created",
        "MlflowVersion": "1.2.3",
        "RoleArn": role,
        "ModelRegistrationMode": "AutoModelRegistrationDisabled",
        "AccountDefaultStatus": "DISABLED",
        "WeeklyMaintenanceWindowStart": "Sun:00:00",
    }
    assert {name: found[name] for name in expected} == expected
    assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    sm.update_mlflow_app(Arn=arn, Name="renamed", ModelRegistrationMode="AutoModelRegistrationEnabled")
    servers.turn(2)
    found = sm.describe_mlflow_app(Arn=arn)
    assert (found["Name"], found["Status"]) == ("renamed", "Updated")
    (summary,) = sm.list_mlflow_apps(Status="Updated")["Summaries"]
    assert (summary["Arn"], summary["Name"]) == (arn, "renamed")
    assert sm.delete_mlflow_app(Arn=arn)["Arn"] == arn
    servers.turn(2)
    servers.end_stopped()
    servers.turn(2)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        status(sm, arn)


def test_names_need_not_be_unique(sm: Any, make: Make) -> None:
    """The name "is not part of the tracking server ARN", and CreateMlflowApp has no error for one that is taken."""
    assert make() != make()
    found = sm.list_mlflow_apps(SortBy="Name")["Summaries"]
    assert [one["Name"] for one in found] == ["app", "app"]


def test_an_account_has_one_default(sm: Any, make: Make, servers: Servers) -> None:
    first, second = make(AccountDefaultStatus="ENABLED"), make(AccountDefaultStatus="ENABLED")
    servers.bring_up()

    def default() -> list[str]:
        return [one["Arn"] for one in sm.list_mlflow_apps(AccountDefaultStatus="ENABLED")["Summaries"]]

    assert default() == [second]
    sm.update_mlflow_app(Arn=first, AccountDefaultStatus="ENABLED")
    assert default() == [first]


def test_what_is_not_offered_is_refused_by_name(sm: Any, make: Make) -> None:
    for more in ({"KmsKeyId": "alias/k"}, {"DefaultDomainIdList": ["d-abc"]}):
        with pytest.raises(ClientError, match=f"NotImplemented.*{next(iter(more))}"):
            make(**more)
    with pytest.raises(ClientError, match="DefaultForDomainId"):
        sm.list_mlflow_apps(DefaultForDomainId="d-abc")


def test_an_app_that_is_busy(sm: Any, make: Make) -> None:
    arn = make()
    with pytest.raises(sm.exceptions.ConflictException, match="in status CREATING"):
        sm.update_mlflow_app(Arn=arn, Name="other")
    with pytest.raises(ClientError, match="un-deletable state"):
        sm.delete_mlflow_app(Arn=arn)
