"""botocore's own waiters end where AWS would end them (botocore/data/*/waiters-2.json)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import WaiterError

from tests.sdk import jobs
from tests.sdk.jobs import POLICY, TRUST
from tests.support.live_jobs import DOUBLING, archive

pytestmark = pytest.mark.sdk

QUICK = {"Delay": 1, "MaxAttempts": 60}


def test_training_job_completed_or_stopped(make: Any, role: str, bucket: str, name: str) -> None:
    sm = make("sagemaker")
    sm.create_training_job(**jobs.training(role, name, "open('/opt/ml/model/m', 'w').write('1')", bucket))
    sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=QUICK)
    job = sm.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Completed"
    make("s3").get_waiter("object_exists").wait(
        Bucket=bucket, Key=f"out/{name}/output/model.tar.gz", WaiterConfig=QUICK
    )


def test_a_failed_training_job_ends_its_waiter_with_an_error(
    make: Any, role: str, bucket: str, name: str
) -> None:
    sm = make("sagemaker")
    sm.create_training_job(**jobs.training(role, name, "raise SystemExit(3)", bucket))
    with pytest.raises(WaiterError, match="terminal failure state"):
        sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=QUICK)
    assert sm.describe_training_job(TrainingJobName=name)["FailureReason"].endswith("exit code: 3")


def test_a_stopped_training_job_ends_its_waiter_well(make: Any, role: str, bucket: str, name: str) -> None:
    sm = make("sagemaker")
    sm.create_training_job(**jobs.training(role, name, "import time; time.sleep(600)", bucket))
    sm.stop_training_job(TrainingJobName=name)
    sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=QUICK)
    assert sm.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "Stopped"


@pytest.mark.parametrize(("words", "status"), [(("true",), "Completed"), (("sleep", "600"), "Stopped")])
def test_processing_job_completed_or_stopped(
    make: Any, role: str, name: str, words: tuple[str, ...], status: str
) -> None:
    sm = make("sagemaker")
    sm.create_processing_job(**jobs.processing(role, name, *words))
    if status == "Stopped":
        sm.stop_processing_job(ProcessingJobName=name)
    sm.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName=name, WaiterConfig=QUICK)
    assert sm.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"] == status


def test_endpoints_and_transform_jobs(make: Any, role: str, bucket: str, name: str) -> None:
    s3, sm = make("s3"), make("sagemaker")
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=archive({"code/inference.py": DOUBLING}))
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"1,2\n3,4\n")
    container = {"Image": jobs.SKLEARN, "ModelDataUrl": f"s3://{bucket}/model.tar.gz"}
    container["Environment"] = {"SAGEMAKER_PROGRAM": "inference.py"}
    sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    sm.create_transform_job(**jobs.transform(name, name, f"s3://{bucket}/in", f"s3://{bucket}/scored"))
    variant = {"VariantName": "A", "ModelName": name, "InstanceType": "ml.t2.medium"}
    sm.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sm.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=QUICK)
    answer = make("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=b"1.5,2", ContentType="text/csv"
    )
    assert answer["Body"].read() == b"3.0,4.0"
    sm.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=name, WaiterConfig=QUICK)
    scored = s3.get_object(Bucket=bucket, Key="scored/a.csv.out")["Body"].read()
    assert scored.split() == [b"2.0,4.0", b"6.0,8.0"]
    sm.delete_endpoint(EndpointName=name)
    sm.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig=QUICK)


def test_an_endpoint_that_cannot_start_ends_its_waiter_with_an_error(
    make: Any, role: str, bucket: str, name: str
) -> None:
    sm = make("sagemaker")
    make("s3").put_object(
        Bucket=bucket, Key="m.tar.gz", Body=archive({"code/inference.py": b"raise ValueError('no')"})
    )
    container = {"Image": jobs.SKLEARN, "ModelDataUrl": f"s3://{bucket}/m.tar.gz"}
    sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {"VariantName": "A", "ModelName": name, "InstanceType": "ml.t2.medium"}
    sm.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
    with pytest.raises(WaiterError):
        sm.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=QUICK)
    assert sm.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Failed"
    sm.delete_endpoint(EndpointName=name)
    sm.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig=QUICK)


def test_s3(make: Any, name: str) -> None:
    s3 = make("s3")
    s3.get_waiter("bucket_not_exists").wait(Bucket=name, WaiterConfig=QUICK)
    s3.create_bucket(Bucket=name)
    s3.get_waiter("bucket_exists").wait(Bucket=name, WaiterConfig=QUICK)
    s3.get_waiter("object_not_exists").wait(Bucket=name, Key="k", WaiterConfig=QUICK)
    s3.put_object(Bucket=name, Key="k")
    s3.get_waiter("object_exists").wait(Bucket=name, Key="k", WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        s3.get_waiter("object_exists").wait(Bucket=name, Key="x", WaiterConfig={"Delay": 0, "MaxAttempts": 2})


def test_iam(make: Any, name: str) -> None:
    iam = make("iam")
    iam.create_user(UserName=name)
    iam.get_waiter("user_exists").wait(UserName=name, WaiterConfig=QUICK)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.get_waiter("role_exists").wait(RoleName=name, WaiterConfig=QUICK)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=name, WaiterConfig=QUICK)
    arn = iam.create_policy(PolicyName=name, PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        iam.get_waiter("role_exists").wait(RoleName=name + "x", WaiterConfig={"Delay": 0, "MaxAttempts": 2})
