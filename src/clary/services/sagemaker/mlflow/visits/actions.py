"""Which right a request to a tracking server needs: MLflow's REST paths, and the actions of IAM that AWS has for them.

Actions: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker with MLflow". Paths:
MLflow's REST API. What a newer MLflow can do beside them, AWS has no action for, and so nobody can be given the right.
"""

from __future__ import annotations

import re

UI = "sagemaker-mlflow:AccessUI"
APP = "sagemaker:CallMlflowAppApi"

_API = re.compile(r"/(?:ajax-)?api/(\d\.\d)/mlflow(/.*)")
# Told to every caller of the server's account: what it is, and whether it is well.
_OPEN = frozenset(["/version", "/health"])
_OPEN_API = frozenset(["/server-info"])
# The paths that MLflow answers to its own pages alone.
_OF_PAGES = frozenset(
    [
        "/metrics/get-history-bulk",
        "/metrics/get-history-bulk-interval",
        "/experiments/search-datasets",
        "/get-trace-artifact",
        "/ui-telemetry",
        "/traces/metrics",
        "/traces/calculate-filter-correlation",
        "/scorers/list",
        "/issues/search",
    ]
)
# Not offered to anyone: they let the server call other hosts, keep their secrets, or start programs.
_CLOSED = (
    "/webhooks",
    "/gateway",
    "/prompt-optimization",
    "/jobs",
    "/assistant",
    "/workspaces",
    "/mcp-servers",
)

_TRACES = {
    "POST /traces": "StartTrace",
    "PATCH /traces/*": "EndTrace",
    "GET /traces": "SearchTraces",
    "POST /traces/search": "SearchTraces",
    "GET /traces/*": "GetTraceInfo",
    "GET /traces/*/info": "GetTraceInfo",
    "GET /traces/get": "GetTraceInfo",
    "GET /traces/batchGet": "GetTraceInfo",
    "POST /traces/batchGetInfos": "GetTraceInfo",
    "PATCH /traces/*/tags": "SetTraceTag",
    "DELETE /traces/*/tags": "DeleteTraceTag",
    "POST /traces/delete-traces": "DeleteTraces",
}
_LOGGED_MODELS = {
    "POST /logged-models": "LogModel",
    "PATCH /logged-models/*": "FinalizeLoggedModel",
    "GET /logged-models/*": "GetLoggedModel",
    "DELETE /logged-models/*": "DeleteLoggedModel",
    "POST /logged-models/search": "SearchLoggedModels",
    "PATCH /logged-models/*/tags": "SetLoggedModelTags",
    "DELETE /logged-models/*/tags/*": "DeleteLoggedModelTag",
    "GET /logged-models/*/artifacts/directories": "ListLoggedModelArtifacts",
    "POST /logged-models/*/params": "LogLoggedModelParams",
}
_EXPERIMENTS = {
    "GET /experiments/get-by-name": "GetExperimentByName",
    "POST /experiments/create": "CreateExperiment",
    "POST /experiments/search": "SearchExperiments",
    "GET /experiments/search": "SearchExperiments",
    "GET /experiments/get": "GetExperiment",
    "POST /experiments/delete": "DeleteExperiment",
    "POST /experiments/restore": "RestoreExperiment",
    "POST /experiments/update": "UpdateExperiment",
    "POST /experiments/set-experiment-tag": "SetExperimentTag",
    "POST /experiments/delete-experiment-tag": "SetExperimentTag",
}
_RUNS = {
    "POST /runs/create": "CreateRun",
    "POST /runs/update": "UpdateRun",
    "POST /runs/delete": "DeleteRun",
    "POST /runs/restore": "RestoreRun",
    "POST /runs/log-metric": "LogMetric",
    "POST /runs/log-parameter": "LogParam",
    "POST /runs/set-tag": "SetTag",
    "POST /runs/delete-tag": "DeleteTag",
    "GET /runs/get": "GetRun",
    "POST /runs/search": "SearchRuns",
    "POST /runs/log-batch": "LogBatch",
    "POST /runs/log-model": "LogModel",
    "POST /runs/log-inputs": "LogInputs",
    "POST /runs/outputs": "LogOutputs",
    "GET /artifacts/list": "ListArtifacts",
    "GET /metrics/get-history": "GetMetricHistory",
}
_MODELS = {
    "POST /registered-models/create": "CreateRegisteredModel",
    "POST /registered-models/rename": "RenameRegisteredModel",
    "PATCH /registered-models/update": "UpdateRegisteredModel",
    "DELETE /registered-models/delete": "DeleteRegisteredModel",
    "GET /registered-models/get": "GetRegisteredModel",
    "GET /registered-models/search": "SearchRegisteredModels",
    "POST /registered-models/get-latest-versions": "GetLatestModelVersions",
    "GET /registered-models/get-latest-versions": "GetLatestModelVersions",
    "POST /registered-models/set-tag": "SetRegisteredModelTag",
    "DELETE /registered-models/delete-tag": "DeleteRegisteredModelTag",
    "POST /registered-models/alias": "SetRegisteredModelAlias",
    "DELETE /registered-models/alias": "DeleteRegisteredModelAlias",
    "GET /registered-models/alias": "GetModelVersionByAlias",
    "POST /model-versions/create": "CreateModelVersion",
    "PATCH /model-versions/update": "UpdateModelVersion",
    "POST /model-versions/transition-stage": "TransitionModelVersionStage",
    "DELETE /model-versions/delete": "DeleteModelVersion",
    "GET /model-versions/get": "GetModelVersion",
    "GET /model-versions/search": "SearchModelVersions",
    "GET /model-versions/get-download-uri": "GetDownloadURIForModelVersionArtifacts",
    "POST /model-versions/set-tag": "SetModelVersionTag",
    "DELETE /model-versions/delete-tag": "DeleteModelVersionTag",
}
_ACTIONS = {**_EXPERIMENTS, **_RUNS, **_MODELS, **_LOGGED_MODELS, **_TRACES}
_EXACT = {key: action for key, action in _ACTIONS.items() if "*" not in key}
_PATTERNS = [
    (re.compile(re.escape(key).replace(r"\*", "[^/]+")), action)
    for key, action in _ACTIONS.items()
    if "*" in key
]
# What changes MLflow's registry of models.
_REGISTRY = ("/registered-models/", "/model-versions/")


def of_api(method: str, path: str) -> str | None:
    """Return the action of a request to MLflow's REST API, '' where none is needed, None where nobody has it."""
    if path in _OPEN:
        return ""
    found = _API.fullmatch(path)
    if found is None:
        return None
    rest = found[2]
    if rest in _OPEN_API:
        return ""
    key = f"{method} {rest}"
    action = _EXACT.get(key) or next((one for pattern, one in _PATTERNS if pattern.fullmatch(key)), None)
    return f"sagemaker-mlflow:{action}" if action else None


def of_page(method: str, path: str) -> str | None:
    """Return the action of a request from MLflow's pages, beside the right to see them: '' where there is no other."""
    found = _API.fullmatch(path)
    if found is None:
        return "" if method in ("GET", "HEAD") or path == "/graphql" else None
    return "" if found[2] in _OF_PAGES else of_api(method, path)


def is_closed(path: str) -> bool:
    """Tell whether a path is one that no caller may use, neither of a tracking server nor of an app."""
    found = _API.fullmatch(path)
    rest = found[2] if found else path
    return any(rest == one or rest.startswith(f"{one}/") or f"{one}-" in rest for one in _CLOSED)


def registers(method: str, path: str) -> bool:
    """Tell whether a request may change what the registry of models holds."""
    found = _API.fullmatch(path)
    return bool(found) and found[2].startswith(_REGISTRY) and method != "GET"  # type: ignore[index]
