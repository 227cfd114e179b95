"""The model: what it says of services and operations, and what loading it costs."""

from __future__ import annotations

import pytest

from clary.wire import load
from clary.wire.source import description, merge


def test_a_service_says_how_it_is_reached() -> None:
    model = load("sagemaker")
    assert model.signing_name == "sagemaker"
    assert model.endpoint_prefix == "api.sagemaker"
    assert model.target_prefix == "SageMaker"
    assert load("sagemaker-runtime").signing_name == "sagemaker"
    assert load("cloudwatch").protocols == ("smithy-rpc-v2-cbor", "json", "query")


def test_models_are_loaded_once() -> None:
    assert load("sts") is load("sts")


@pytest.mark.parametrize("name", ["no-such-service", "", "../sts", "s3/2006-03-01", "STS"])
def test_an_unknown_service_is_refused(name: str) -> None:
    with pytest.raises(LookupError):
        description(name)


def test_an_operation_says_what_its_bodies_are() -> None:
    s3, runtime, logs = load("s3"), load("sagemaker-runtime"), load("logs")
    assert s3.operations["PutObject"].streams_in
    assert s3.operations["GetObject"].streams_out
    assert not s3.operations["PutObject"].streams_out
    assert s3.operations["SelectObjectContent"].event_stream_out
    assert not runtime.operations["InvokeEndpoint"].streams_in
    assert runtime.operations["InvokeEndpointWithResponseStream"].event_stream_out
    assert logs.operations["StartLiveTail"].event_stream_out


def test_an_operation_says_its_paging_and_its_token() -> None:
    assert load("sagemaker").operations["ListTrainingJobs"].paging == {
        "input_token": "NextToken",
        "output_token": "NextToken",
        "limit_key": "MaxResults",
        "result_key": "TrainingJobSummaries",
    }
    assert load("sagemaker").operations["CreatePipeline"].idempotency_token == "ClientRequestToken"
    assert load("sagemaker").operations["CreateTrainingJob"].idempotency_token is None


def test_errors_are_found_by_shape_and_by_code() -> None:
    errors = load("sagemaker-runtime").errors
    assert errors["ModelError"].status == 424
    assert errors["ModelNotReadyException"].status == 429
    assert errors["InternalFailure"].status == 500
    sqs = load("sqs").errors
    assert sqs["AWS.SimpleQueueService.NonExistentQueue"] is sqs["QueueDoesNotExist"]


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("sagemaker", "ValidationException"),
        ("sagemaker-runtime", "ValidationError"),  # the model's own error
        ("iam", "ValidationError"),  # recorded: iam, sts, sns
        ("cloudwatch", "ValidationError"),  # recorded: cloudwatch, whatever the protocol
        ("logs", "InvalidParameterException"),  # recorded: logs
    ],
)
def test_the_code_for_bad_input(service: str, code: str) -> None:
    assert load(service).validation_code == code


def test_prose_is_dropped() -> None:
    model = load("sts").description
    assert "documentation" not in model
    assert not any("documentation" in shape for shape in model["shapes"].values())


def test_patches_merge_as_rfc_7396_says() -> None:
    target = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merge(target, {"a": {"b": None, "e": {"f": 4}}, "d": {"g": 5}}) == {
        "a": {"c": 2, "e": {"f": 4}},
        "d": {"g": 5},
    }
