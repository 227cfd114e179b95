"""MLflow's REST paths, and the actions that AWS has for them (Service Authorization Reference, "Actions, resources, and
condition keys for Amazon SageMaker with MLflow")."""

from __future__ import annotations

import re

import pytest

from clary.services.sagemaker.mlflow.visits import actions

# All actions of the reference.
REFERENCE = re.findall(
    r"\w+",
    """
AccessUI CreateExperiment CreateModelVersion CreateRegisteredModel CreateRun DeleteExperiment
DeleteLoggedModel DeleteLoggedModelTag DeleteModelVersion DeleteModelVersionTag DeleteRegisteredModel
DeleteRegisteredModelAlias DeleteRegisteredModelTag DeleteRun DeleteTag DeleteTraceTag DeleteTraces EndTrace
FinalizeLoggedModel GetDownloadURIForModelVersionArtifacts GetExperiment GetExperimentByName
GetLatestModelVersions GetLoggedModel GetMetricHistory GetModelVersion GetModelVersionByAlias
GetRegisteredModel GetRun GetTraceInfo ListArtifacts ListLoggedModelArtifacts LogBatch LogInputs
LogLoggedModelParams LogMetric LogModel LogOutputs LogParam RenameRegisteredModel RestoreExperiment
RestoreRun SearchExperiments SearchLoggedModels SearchModelVersions SearchRegisteredModels SearchRuns
SearchTraces SetExperimentTag SetLoggedModelTags SetModelVersionTag SetRegisteredModelAlias
SetRegisteredModelTag SetTag SetTraceTag StartTrace TransitionModelVersionStage UpdateExperiment
UpdateModelVersion UpdateRegisteredModel UpdateRun
""",
)


def test_every_action_of_the_reference_has_a_path_and_no_other() -> None:
    assert {*actions._ACTIONS.values(), "AccessUI"} == set(REFERENCE)


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "/api/2.0/mlflow/runs/log-batch", "LogBatch"),
        ("POST", "/ajax-api/2.0/mlflow/runs/log-batch", "LogBatch"),
        ("PATCH", "/api/2.0/mlflow/logged-models/m-1", "FinalizeLoggedModel"),
        ("DELETE", "/api/2.0/mlflow/logged-models/m-1/tags/a%2Fb", "DeleteLoggedModelTag"),
        ("GET", "/api/3.0/mlflow/traces/tr-1", "GetTraceInfo"),
        ("POST", "/api/3.0/mlflow/traces/search", "SearchTraces"),
    ],
)
def test_paths(method: str, path: str, action: str) -> None:
    assert actions.of_api(method, path) == f"sagemaker-mlflow:{action}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/get-artifact"),
        ("GET", "/api/2.0/mlflow/runs/log-batch"),
        ("POST", "/api/2.0/mlflow/runs/create/x"),
        ("POST", "/api/2.0/mlflow//runs/create"),
        ("POST", "/api/3.0/mlflow/scorers/register"),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/a"),
    ],
)
def test_paths_that_no_action_allows(method: str, path: str) -> None:
    assert actions.of_api(method, path) is None


def test_pages_ask_for_more_than_the_api() -> None:
    assert actions.of_page("GET", "/static-files/x.js") == ""
    assert actions.of_page("POST", "/graphql") == ""
    assert actions.of_page("PUT", "/ajax-api/2.0/mlflow-artifacts/artifacts/a") is None
    assert actions.of_page("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk") == ""
    assert actions.of_page("POST", "/ajax-api/2.0/mlflow/runs/delete") == "sagemaker-mlflow:DeleteRun"
    assert actions.of_page("POST", "/ajax-api/3.0/mlflow/datasets/create") is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/webhooks/1/test",
        "/ajax-api/3.0/mlflow/gateway/endpoints/list",
        "/ajax-api/2.0/mlflow/gateway-proxy",
        "/gateway/openai/v1/x",
        "/api/3.0/mlflow/prompt-optimization/jobs",
    ],
)
def test_what_is_closed(path: str) -> None:
    assert actions.is_closed(path)


def test_what_changes_the_registry() -> None:
    assert actions.registers("POST", "/api/2.0/mlflow/model-versions/create")
    assert actions.registers("DELETE", "/ajax-api/2.0/mlflow/registered-models/alias")
    assert not actions.registers("GET", "/api/2.0/mlflow/registered-models/search")
    assert not actions.registers("POST", "/api/2.0/mlflow/runs/create")
