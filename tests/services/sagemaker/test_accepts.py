"""Members of a request that nothing acts on, and those that ask for nothing. All of them: tests/conformance/test_members.py."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.sagemaker_requests import training_request


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
