"""Jobs and models whose S3 data is not there, or not theirs to read, are refused at once: in AWS's words, and nothing is
made. The sentences are those that users of AWS report; their addresses are in the module."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel.errors import unavailable
from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.support.images import XGBOOST
from tests.support.sagemaker_requests import training_request, transform_request


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def no_objects(uri: str, bucket: str, role: str) -> tuple[str, str]:
    return (
        "ValidationException",
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
        "the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "
        f'"{role}" has "s3:ListBucket" permissions on bucket "{bucket}".',
    )


def channel(uri: str, kind: str = "S3Prefix") -> list[dict[str, Any]]:
    source = {"S3DataSource": {"S3DataType": kind, "S3Uri": uri}}
    return [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": source}]


def restrict(client: Any, stored: Any, role: str, statement: dict[str, Any]) -> None:
    """Deny the role something by the policy of the bucket."""
    denied = {"Effect": "Deny", "Principal": {"AWS": role}, **statement}
    policy = {"Version": "2012-10-17", "Statement": [denied]}
    stored.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("s3://bucket/none/", "S3Prefix"),
        ("s3://no-such-bucket-anywhere/train", "S3Prefix"),
        ("s3://No_Bucket/train", "S3Prefix"),
        ("s3://bucket/train", "ManifestFile"),  # a prefix, where one object is asked for
    ],
)
def test_training_needs_its_data(sm: Any, role: str, uri: str, kind: str) -> None:
    request = training_request(role, InputDataConfig=channel(uri, kind))
    bucket = uri.split("/")[2]
    assert refusal(sm.create_training_job, **request) == no_objects(uri, bucket, role)
    assert sm.list_training_jobs()["TrainingJobSummaries"] == []


@pytest.mark.parametrize("uri", ["s3://bucket", "s3://bucket/", "s3://bucket/tra", "s3://bucket/train/a.csv"])
def test_a_prefix_is_any_beginning_of_a_key(sm: Any, role: str, uri: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    assert sm.create_training_job(**training_request(role, InputDataConfig=channel(uri)))["TrainingJobArn"]


def test_a_role_must_be_allowed_to_list(sm: Any, client: Any, stored: Any, role: str) -> None:
    restrict(client, stored, role, {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bucket"})
    assert refusal(sm.create_training_job, **training_request(role)) == no_objects(
        "s3://bucket/train", "bucket", role
    )


def test_a_deleted_object_is_no_data(sm: Any, stored: Any, role: str) -> None:
    stored.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    stored.delete_object(Bucket="bucket", Key="train/a.csv")
    assert refusal(sm.create_training_job, **training_request(role)) == no_objects(
        "s3://bucket/train", "bucket", role
    )


def test_batch_transform_needs_its_data(sm: Any, stored: Any, role: str) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    stored.delete_object(Bucket="bucket", Key="in/a.csv")
    assert refusal(sm.create_transform_job, **transform_request()) == no_objects(
        "s3://bucket/in/", "bucket", role
    )
    assert sm.list_transform_jobs()["TransformJobSummaries"] == []


def test_batch_transform_needs_the_role_of_its_model(sm: Any, client: Any, role: str) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    iam = client("iam")
    iam.detach_role_policy(RoleName="Jobs", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    iam.delete_role(RoleName="Jobs")
    code, message = refusal(sm.create_transform_job, **transform_request())
    assert (code, message.partition(".")[0]) == ("ValidationException", f"Could not assume role {role}")


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/none.tar.gz",
        "s3://bucket/model.tar",  # the beginning of a key is no object
        "s3://no-such-bucket-anywhere/model.tar.gz",
        "s3://bucket",
    ],
)
def test_a_model_needs_its_archive(sm: Any, role: str, uri: str) -> None:
    request = {"ModelName": "m", "PrimaryContainer": {"Image": XGBOOST, "ModelDataUrl": uri}}
    expected = ("ValidationException", f"Could not find model data at {uri}.")
    assert refusal(sm.create_model, ExecutionRoleArn=role, **request) == expected
    assert refusal(sm.create_model, **request) == expected  # without a role it is looked for all the same
    assert sm.list_models()["Models"] == []


@pytest.mark.parametrize(
    ("uri", "kind", "there"),
    [
        ("s3://bucket/weights/", "S3Prefix", True),
        ("s3://bucket/weight-less/", "S3Prefix", False),
        ("s3://bucket/weights/a.bin", "S3Object", True),
        ("s3://bucket/weights/", "S3Object", False),
    ],
)
def test_a_model_needs_its_uncompressed_data(sm: Any, role: str, uri: str, kind: str, there: bool) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html
    source = {"S3DataSource": {"S3Uri": uri, "S3DataType": kind, "CompressionType": "None"}}
    for container in (
        {"Image": XGBOOST, "ModelDataSource": source},
        {"Image": XGBOOST, "AdditionalModelDataSources": [{"ChannelName": "draft", **source}]},
    ):
        request = {"ModelName": "m", "ExecutionRoleArn": role, "PrimaryContainer": container}
        if there:
            sm.create_model(**request)
            sm.delete_model(ModelName="m")
        else:
            said = refusal(sm.create_model, **request)
            assert said == ("ValidationException", f"Could not find model data at {uri}.")


@pytest.mark.parametrize("key", ["model.tar.gz", "none.tar.gz"])
def test_what_a_role_may_not_read_it_is_not_told_of(
    sm: Any, client: Any, stored: Any, role: str, key: str
) -> None:
    restrict(client, stored, role, {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"})
    uri = f"s3://bucket/{key}"
    container = {"Image": XGBOOST, "ModelDataUrl": uri}
    code, message = refusal(sm.create_model, ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    assert code == "ValidationException"
    assert message.startswith(f'Could not access model data at {uri}. Please ensure that the role "{role}"')
    assert message.endswith('"s3:GetObject" permissions and that the object is located in us-east-1.')


def test_a_model_may_have_no_data(sm: Any, role: str) -> None:
    assert sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": XGBOOST})


@pytest.mark.parametrize("kind", ["archive", "prefix", "object"])
def test_nobody_learns_what_lies_in_anothers_bucket(
    platform: Platform, sm: Any, client: Any, stored: Any, kind: str
) -> None:
    """Without a role, CreateModel looks as its caller, whom S3 answers alike for what is there and what is not."""
    with platform.store.write() as tx:
        ensure_account(tx, "444455556666", "AKIASTRANGERSTRANGER", "stranger-secret")
    stranger = client("sagemaker", key="AKIASTRANGERSTRANGER", secret="stranger-secret")

    def told(key: str) -> tuple[str, str]:
        uri = f"s3://bucket/{key}"
        types = {"prefix": "S3Prefix", "object": "S3Object"}
        source = {"S3DataSource": {"S3Uri": uri, "S3DataType": types.get(kind), "CompressionType": "None"}}
        data = {"ModelDataUrl": uri} if kind == "archive" else {"ModelDataSource": source}
        code, message = refusal(
            stranger.create_model, ModelName="m", PrimaryContainer={"Image": XGBOOST, **data}
        )
        return code, message.replace(key, "KEY")

    there, absent = {
        "archive": ("model.tar.gz", "none.tar.gz"),
        "prefix": ("weights/", "none/"),
        "object": ("weights/a.bin", "weights/none.bin"),
    }[kind]
    assert told(there) == told(absent)
    assert told(there)[0] == "ValidationException"
    sm.create_model(
        ModelName="m", PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    )


def out_of_order(*_: Any, **__: Any) -> Any:
    raise unavailable("S3 cannot answer now.")


@pytest.mark.parametrize("function", ["first_keys", "require_object"])
def test_a_failure_of_s3_is_not_said_to_be_the_customers(
    sm: Any, role: str, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence about missing data or rights would send the reader to look for a mistake that is not there."""
    monkeypatch.setattr(f"clary.workloads.s3_data.{function}", out_of_order)
    if function == "first_keys":
        said = refusal(sm.create_training_job, **training_request(role))
    else:
        container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
        said = refusal(sm.create_model, ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    assert said == ("ServiceUnavailable", "S3 cannot answer now.")
