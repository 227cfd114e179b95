"""What a script inside a job finds: its role's credentials, S3, AWS's own hosts, and a pip that works."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.sdk import jobs
from tests.support.live import Live, make_role
from tests.support.live_jobs import archive

pytestmark = pytest.mark.sdk

# A wheel is an archive with three files that describe it
# (https://packaging.python.org/en/latest/specifications/binary-distribution-format/).
PIP = """
import subprocess, sys, zipfile
with zipfile.ZipFile("/tmp/greet-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("greet.py", "WORD = 'hello'")
    info = "greet-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: greet\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "--no-index", "/tmp/greet-1.0-py3-none-any.whl"])
import greet
print("GREETED", greet.WORD)
"""
IDENTITY = """
import boto3
from botocore.exceptions import ClientError
print("ME", boto3.client("sts").get_caller_identity()["Arn"])
# What both lines of the SageMaker SDK do, whatever AWS_ENDPOINT_URL says.
print("HOST", boto3.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com").get_caller_identity()["Arn"])
s3 = boto3.client("s3")
s3.put_object(Bucket="{bucket}", Key="from-job", Body=b"1")
print("KEYS", [item["Key"] for item in s3.list_objects_v2(Bucket="{bucket}")["Contents"]])
try:
    boto3.client("iam").create_user(UserName="intruder")
except ClientError as error:
    print("IAM", error.response["Error"]["Code"])
"""


def output_of(live: Live, role: str, name: str, script: str) -> list[str]:
    """The lines of a processing job that ran `script` and ended well."""
    sm = live.client("sagemaker")
    live.client("s3").create_bucket(Bucket=name)
    live.client("s3").put_object(Bucket=name, Key="code/main.py", Body=script.encode())
    request = jobs.processing(role, name, "python3", "/opt/ml/processing/input/code/main.py")
    source = {
        "S3Uri": f"s3://{name}/code/",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "LocalPath": "/opt/ml/processing/input/code",
    }
    sm.create_processing_job(**request, ProcessingInputs=[{"InputName": "code", "S3Input": source}])
    waiter = sm.get_waiter("processing_job_completed_or_stopped")
    waiter.wait(ProcessingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    pages = live.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=name)
    return [event["message"] for page in found for event in page["events"]]


def test_pip_installs_for_this_job_alone(live: Live, role: str, name: str) -> None:
    assert "GREETED hello" in output_of(live, role, name, PIP)
    other = output_of(
        live, role, f"{name}-b", "import importlib.util as u; print('FOUND', u.find_spec('greet'))"
    )
    assert "FOUND None" in other


def test_a_job_acts_as_its_role(live: Live, role: str, name: str) -> None:
    lines = output_of(live, role, name, IDENTITY.format(bucket=name))
    account = live.client("sts").get_caller_identity()["Account"]
    me = f"arn:aws:sts::{account}:assumed-role/SdkJobs/{name}"
    assert lines[:2] == [f"ME {me}", f"HOST {me}"]
    assert "KEYS ['code/main.py', 'from-job']" in lines
    assert "IAM AccessDenied" in lines


def test_a_role_without_s3_cannot_fetch_the_jobs_input(live: Live, name: str) -> None:
    with pytest.raises(Exception, match="terminal failure state"):
        output_of(live, make_role(live, name, s3=False), name, "print('never')")
    reason = live.client("sagemaker").describe_processing_job(ProcessingJobName=name)["FailureReason"]
    assert reason.startswith("ClientError")


def wheel() -> bytes:
    """A distribution `greet` with one module."""
    info = "greet-1.0.dist-info/"
    files = {
        "greet.py": "WORD = 'hello'",
        f"{info}METADATA": "Metadata-Version: 2.1\nName: greet\nVersion: 1.0\nRequires-Dist: numpy\n",
        f"{info}WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}RECORD": "",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return buffer.getvalue()


def test_requirements_bring_only_what_is_missing(live: Live, role: str, bucket: str, name: str) -> None:
    # --no-index: numpy, which the image has, could not be fetched if pip overlooked it.
    source = {
        "go.py": b"import greet, numpy; print('FROM', greet.WORD, '/packages/' in numpy.__file__)",
        "requirements.txt": b"--no-index\nnumpy\n./greet-1.0-py3-none-any.whl\n",
        "greet-1.0-py3-none-any.whl": wheel(),
    }
    live.client("s3").put_object(Bucket=bucket, Key="s.tar.gz", Body=archive(source))
    assert "FROM hello False" in script_mode(live, role, bucket, name)


def script_mode(live: Live, role: str, bucket: str, name: str, **changes: Any) -> list[str]:
    """The lines of a training job that ran go.py of s.tar.gz in the v2 toolkit's way (contracts, section 2.1)."""
    hyperparameters = {
        "sagemaker_program": '"go.py"',
        "sagemaker_submit_directory": f'"s3://{bucket}/s.tar.gz"',
        "words": '"a b"',
        "deep": "3",
    }
    request = jobs.training(role, name, "", bucket, HyperParameters=hyperparameters, **changes)
    request["AlgorithmSpecification"] = {"TrainingImage": "python:3.11-slim", "TrainingInputMode": "File"}
    sm = live.client("sagemaker")
    sm.create_training_job(**request)
    waiter = sm.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    pages = live.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=name)
    return [event["message"] for page in found for event in page["events"]]


def test_script_mode_takes_arguments_and_environment(live: Live, role: str, bucket: str, name: str) -> None:
    code = b"import os, sys; print('ARGS', sys.argv[1:], os.environ['MINE'])"
    live.client("s3").put_object(Bucket=bucket, Key="s.tar.gz", Body=archive({"go.py": code}))
    lines = script_mode(live, role, bucket, name, Environment={"MINE": "yes"})
    assert "ARGS ['--deep', '3', '--words', 'a b'] yes" in lines
