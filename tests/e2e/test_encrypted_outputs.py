"""Outputs of jobs under KMS keys, written and read with the rights of the job's role.

Sources: KmsKeyId of OutputDataConfig, ProcessingOutputConfig and TransformOutput (API reference of SageMaker): a key id, an alias or
the ARN of either, and "the SageMaker execution role must include permissions" to use the key.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import Bench
from tests.support.live import make_role

ALLOWED = {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}


@pytest.fixture(scope="module")
def key(bench: Bench) -> str:
    """The ARN of a key that has the alias alias/outputs."""
    kms = bench.live.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/outputs", TargetKeyId=arn)
    return arn


@pytest.fixture(scope="module")
def role(bench: Bench) -> str:
    """A role with S3's rights that may use every key, if its policy says so."""
    arn = make_role(bench.live, "Encrypting")
    document = json.dumps({"Version": "2012-10-17", "Statement": [ALLOWED]})
    bench.live.client("iam").put_role_policy(RoleName="Encrypting", PolicyName="kms", PolicyDocument=document)
    return arn


def head(bench: Bench, key: str) -> tuple[str | None, str | None]:
    found = bench.s3.head_object(Bucket=bench.bucket, Key=key)
    return found.get("ServerSideEncryption"), found.get("SSEKMSKeyId")


def output(bench: Bench, key: str) -> dict[str, Any]:
    return {"S3OutputPath": bench.uri("out"), "KmsKeyId": key}


@pytest.mark.parametrize("form", ["arn", "id", "alias", "alias-arn"])
def test_a_model_is_written_under_the_key(bench: Bench, key: str, role: str, form: str) -> None:
    named = {
        "arn": key,
        "id": key.rpartition("/")[2],
        "alias": "alias/outputs",
        "alias-arn": f"{key.rpartition(':')[0]}:alias/outputs",
    }[form]
    shell = "echo weights > /opt/ml/model/w; echo more > /opt/ml/output/data/d"
    name = f"kms-{form}"
    job = bench.train(name, shell=shell, RoleArn=role, OutputDataConfig=output(bench, named))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["OutputDataConfig"]["KmsKeyId"] == named
    for file in ("model", "output"):
        assert head(bench, f"out/{name}/output/{file}.tar.gz") == ("aws:kms", key)
    assert bench.archive(f"out/{name}/output/model.tar.gz") == {"w": b"weights\n"}


def test_a_model_that_goes_in_parts(bench: Bench, key: str, role: str) -> None:
    """Files above 64 MB are uploads of several parts, which name their key at the beginning."""
    wanted = output(bench, key) | {"CompressionType": "NONE"}
    shell = "truncate -s 65M /opt/ml/model/w"
    job = bench.train("kms-parts", shell=shell, RoleArn=role, OutputDataConfig=wanted)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert head(bench, "out/kms-parts/output/model/w") == ("aws:kms", key)


def test_without_the_right_to_the_key_nothing_is_written(bench: Bench, key: str) -> None:
    shell = "echo weights > /opt/ml/model/w"
    job = bench.train("kms-denied", shell=shell, OutputDataConfig=output(bench, key))
    assert job["TrainingJobStatus"] == "Failed"
    reason = job["FailureReason"]
    assert reason.startswith("ClientError: Artifact upload failed:AccessDenied (403): User: ")
    assert "is not authorized to perform: kms:GenerateDataKey" in reason
    assert bench.keys("out/kms-denied/") == []


def test_a_key_that_does_not_exist(bench: Bench, role: str) -> None:
    shell = "echo weights > /opt/ml/model/w"
    job = bench.train("kms-none", shell=shell, RoleArn=role, OutputDataConfig=output(bench, "alias/none"))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "ClientError: Artifact upload failed:KMS.NotFoundException (400): "
    )


def test_an_encrypted_input_is_readable_by_who_may_decrypt(bench: Bench, key: str, role: str) -> None:
    bench.s3.put_object(
        Bucket=bench.bucket, Key="kms-in/a", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    channels = [bench.channel(bench.uri("kms-in/"))]
    shell = "cp /opt/ml/input/data/train/a /opt/ml/model/"
    job = bench.train("kms-reads", shell=shell, RoleArn=role, InputDataConfig=channels)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    job = bench.train("kms-reads-not", shell=shell, InputDataConfig=channels)
    assert job["TrainingJobStatus"] == "Failed"
    assert "is not authorized to perform: kms:Decrypt" in job["FailureReason"]


@pytest.mark.parametrize("mode", ["EndOfJob", "Continuous"])
def test_outputs_of_processing(bench: Bench, key: str, role: str, mode: str) -> None:
    name = f"kms-{mode.lower()}"
    target = {"S3Uri": bench.uri(name), "LocalPath": "/opt/ml/processing/out", "S3UploadMode": mode}
    bench.sm.create_processing_job(
        ProcessingJobName=name,
        RoleArn=role,
        AppSpecification={
            "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
            "ContainerEntrypoint": ["/bin/bash", "-c", "echo 1 > /opt/ml/processing/out/one"],
        },
        ProcessingResources={
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
        ProcessingOutputConfig={"KmsKeyId": key, "Outputs": [{"OutputName": "o", "S3Output": target}]},
    )
    job = bench.processed(name)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert head(bench, f"{name}/one") == ("aws:kms", key)
