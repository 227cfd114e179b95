# ruff: noqa: PT017
"""SageMaker SDK v3: ModelTrainer with a script, a command, requirements, torchrun; failure.

Requirements name what the image has, so that nothing is fetched. torchrun is tried where jobs have PyTorch.
"""

import json
import os
import sys
from pathlib import Path

import boto3
from sagemaker.core.helper import IamRoleResolver
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    SourceCode,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer
from sagemaker.train.distributed import Torchrun

ROLE, HAS_TORCH = sys.argv[1], sys.argv[2] == "torch"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3.0-cpu-py311"
TRAIN = """
import argparse, os, sys
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=1)
parser.add_argument("--note")
parser.add_argument("--fail", default="")
given = parser.parse_args()
rank, world = os.environ.get("RANK"), os.environ.get("WORLD_SIZE")
# Unbuffered, print writes every word by itself, and those of two ranks mix: a line is whole when it is written at once.
sys.stdout.write(f"GIVEN {given.depth} {given.note} RANK {rank} OF {world}\\n")
if given.fail:
    raise RuntimeError(given.fail)
if "SM_CHANNEL_TRAIN" in os.environ:
    print("ROWS", open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "a.csv")).read().split())
open(os.path.join(os.environ["SM_MODEL_DIR"], "m.json"), "w").write("{}")
"""

session = Session()
bucket = session.default_bucket()
os.makedirs("src")
os.makedirs("data")
Path("src/train.py").write_text(TRAIN)
Path("data/a.csv").write_text("1,2\n3,4\n")
count = 0


def trained(image=SKLEARN, source=None, data=(), **more):
    """The name of a job that ended well."""
    global count
    count += 1
    trainer = ModelTrainer(
        training_image=image,
        role=ROLE,
        sagemaker_session=session,
        base_job_name=f"v3-script-{count}",
        source_code=source or SourceCode(source_dir="src", entry_script="train.py"),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/v3/out"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
        compute=more.pop("compute", Compute(instance_type="ml.m5.large", instance_count=1)),
        **more,
    )
    trainer.train(input_data_config=list(data), wait=False)
    job = trainer._latest_training_job
    job.wait(poll=1)
    return job.training_job_name


def output(job):
    pages = boto3.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job)
    return "\n".join(event["message"] for page in found for event in page["events"])


def a_script_with_a_channel_from_this_disk():
    job = trained(
        hyperparameters={"depth": 3, "note": "a b"},
        data=[InputData(channel_name="train", data_source="data")],
    )
    said = output(job)
    assert "GIVEN 3 a b" in said, said
    assert "ROWS ['1,2', '3,4']" in said, said
    key = f"v3/out/{job}/output/model.tar.gz"
    assert boto3.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"]


def a_command():
    source = SourceCode(source_dir="src", command="python train.py --depth 5 --note x && echo AND MORE")
    said = output(trained("python:3.11-slim", source))
    assert "GIVEN 5 x" in said, said
    assert "AND MORE" in said, said


def a_script_that_raises():
    try:
        trained(hyperparameters={"fail": "deliberate 4711"})
    except Exception as error:
        assert "deliberate 4711" in str(error), error
    else:
        raise AssertionError("a failing script must fail the job")


def a_role_of_the_sdks_own():
    arn = IamRoleResolver().create_execution_role(role_type="training")
    assert ":role/" in arn, arn


def torchrun():
    one = output(trained(PYTORCH, distributed=Torchrun(process_count_per_node=2)))
    assert "RANK 0 OF 2" in one, one
    assert "RANK 1 OF 2" in one, one
    two = Compute(instance_type="ml.m5.large", instance_count=2)
    # The SDK has the hosts meet at port 7777. Without isolation that is the machine's, and another job that meets there
    # at the same time, of any platform, would be taken for a host of this one.
    apart = Networking(enable_network_isolation=True)
    rank = Torchrun(process_count_per_node=1)
    many = output(trained(PYTORCH, distributed=rank, compute=two, networking=apart))
    assert "RANK 1 OF 2" in many, many


a_script_with_a_channel_from_this_disk()
a_command()
a_script_that_raises()
a_role_of_the_sdks_own()
if HAS_TORCH:
    torchrun()
print("PASS", json.dumps({"torch": HAS_TORCH}))
