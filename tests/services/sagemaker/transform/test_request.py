"""What CreateTransformJob refuses."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.sagemaker_requests import transform_request


def test_more_instances_than_a_job_may_have_are_beyond_a_limit(model: str, sm: Any) -> None:
    # API_CreateTransformJob names the error
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 101}
    with pytest.raises(
        sm.exceptions.ResourceLimitExceeded, match="'Maximum number of instances per transform job' is 100"
    ):
        sm.create_transform_job(**transform_request(TransformResources=resources))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"MaxPayloadInMB": 101}, "cannot exceed 100 MB"),
        ({"MaxPayloadInMB": 51, "MaxConcurrentTransforms": 2}, "cannot exceed 100 MB"),
        (
            {
                "DataProcessing": {"JoinSource": "Input"},
                "TransformOutput": {"S3OutputPath": "s3://b/o", "Accept": "application/json"},
            },
            "Accept and ContentType must be the same",
        ),
        (
            {"ModelName": "nobody"},
            'Could not find model "arn:aws:sagemaker:us-east-1:111122223333:model/nobody"',
        ),
    ],
)
def test_what_makes_no_sense_is_refused(model: str, sm: Any, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError) as caught:
        sm.create_transform_job(**transform_request(**changes))
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert said in caught.value.response["Error"]["Message"]


def test_places_that_are_no_s3_uris_are_not_offered(model: str, sm: Any) -> None:
    for changes in (
        {"TransformOutput": {"S3OutputPath": "https://bucket/out"}},
        {"DataCaptureConfig": {"DestinationS3Uri": "https://bucket/captured"}},
    ):
        with pytest.raises(ClientError, match="NotImplemented"):
            sm.create_transform_job(**transform_request(**changes))


def test_augmented_manifests_are_not_offered(model: str, sm: Any) -> None:
    source = {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://bucket/m"}
    with pytest.raises(ClientError, match="NotImplemented"):
        sm.create_transform_job(**transform_request(TransformInput={"DataSource": {"S3DataSource": source}}))
