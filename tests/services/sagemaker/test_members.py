"""Every member of the model is acted on, shown again for a stated reason, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.model import Shape

from clary.kernel import AwsError
from clary.services.sagemaker.members import OPERATIONS, refuse_unknown
from tests.support.sagemaker_requests import training_request

MODEL = botocore.session.get_session().get_service_model("sagemaker")


def paths(shape: Shape, path: str = "") -> Iterator[str]:
    """Every member below a structure, lists being transparent."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name == "structure" and shape.members:
        for name, inner in shape.members.items():
            yield from paths(inner, f"{path}.{name}" if path else name)
    else:
        yield path


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_listed_is_in_the_model(operation: str) -> None:
    every = list(paths(MODEL.operation_model(operation).input_shape))
    known = OPERATIONS[operation]
    for listed in (*known.done, *known.echoed):
        assert any(path == listed or path.startswith(f"{listed}.") for path in every), listed
    assert not set(known.done) & set(known.echoed)
    assert all(known.echoed.values())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_not_listed_is_refused_by_name(operation: str) -> None:
    known = OPERATIONS[operation]
    refused = [p for p in paths(MODEL.operation_model(operation).input_shape) if not known.covers(p)]
    for path in refused:
        request: Any = "x"
        for name in reversed(path.split(".")):
            request = {name: [request]} if isinstance(request, dict) else {name: request}
        with pytest.raises(AwsError) as caught:
            refuse_unknown(operation, request)
        assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)
        assert path in caught.value.message


@pytest.mark.parametrize(
    "nothing",
    [
        {"ExperimentConfig": {}},
        {"DebugRuleConfigurations": []},
        {"RemoteDebugConfig": {"EnableRemoteDebug": False}},
        {"ProfilerConfig": {"S3OutputPath": "s3://b/p", "DisableProfiler": False}},
        {"DebugHookConfig": {"S3OutputPath": "s3://b/p", "CollectionConfigurations": []}},
    ],
)
def test_what_asks_for_nothing_is_taken(sm: Any, role: str, nothing: dict[str, Any]) -> None:
    # clients.md 4.2: the SDK sends the last two with every training job.
    sm.create_training_job(**training_request(role, **nothing))
    assert sm.describe_training_job(TrainingJobName="job-1")["TrainingJobStatus"] == "InProgress"


@pytest.mark.parametrize(
    "asked",
    [
        {"ExperimentConfig": {"ExperimentName": "e"}},
        {"RemoteDebugConfig": {"EnableRemoteDebug": True}},
        {"ProfilerConfig": {"S3OutputPath": "s3://b/p", "ProfilingIntervalInMilliseconds": 500}},
        {"DebugHookConfig": {"S3OutputPath": "s3://b/p", "HookParameters": {"save_interval": "1"}}},
    ],
)
def test_what_would_be_ignored_is_refused_and_nothing_is_created(
    sm: Any, role: str, asked: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        sm.create_training_job(**training_request(role, **asked))
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert sm.list_training_jobs()["TrainingJobSummaries"] == []
