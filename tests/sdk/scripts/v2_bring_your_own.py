# ruff: noqa: PT017
"""SageMaker SDK v2: a generic Estimator with one's own script, on several images; stop, attach, failure, time limit.

A job is awaited by describing it, not by `fit(wait=True)`, whose own pauses are 5 to 30 seconds.
"""

import io
import json
import os
import sys
import tarfile
import time
from pathlib import Path

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.inputs import TrainingInput

ROLE = sys.argv[1]
IMAGES = (
    "python:3.11-slim",
    "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
)
TRAIN = """
import argparse, json, os, signal, sys, time
import mylib
parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int)
parser.add_argument("--note")
parser.add_argument("--nap", type=float, default=0)
parser.add_argument("--fail", default="")
given = parser.parse_args()
print(f"note={given.note} mine={os.environ['MINE']} lib={mylib.VALUE} metric={given.count / 2};")
def told(*_):
    json.dump({"stopped": True}, open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w"))
    sys.exit(0)
signal.signal(signal.SIGTERM, told)
print("READY", flush=True)
time.sleep(given.nap)
if given.fail:
    raise ValueError(given.fail)
rows = open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "a.csv")).read().split()
json.dump({"rows": len(rows)}, open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w"))
open("/opt/ml/checkpoints/step-1", "w").write("1")
"""

session = sagemaker.Session()
bucket = session.default_bucket()
s3, logs = boto3.client("s3"), boto3.client("logs")
os.makedirs("src")
os.makedirs("mylib")
Path("src/train.py").write_text(TRAIN)
Path("mylib/__init__.py").write_text("VALUE = 7\n")
Path("a.csv").write_text("1,2\n3,4\n")
data = session.upload_data("a.csv", key_prefix="byo/train")


def estimator(image=IMAGES[0], max_run=600, **hyperparameters):
    return Estimator(
        image_uri=image,
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.large",
        entry_point="train.py",
        source_dir="src",
        dependencies=["mylib"],
        hyperparameters={"count": 3, "note": "a b 'é'", **hyperparameters},
        environment={"MINE": "yes"},
        metric_definitions=[{"Name": "half", "Regex": "metric=([0-9.]+);"}],
        checkpoint_s3_uri=f"s3://{bucket}/byo/checkpoints",
        output_path=f"s3://{bucket}/byo/out",
        max_run=max_run,
        sagemaker_session=session,
        base_job_name="byo",
    )


def started(made):
    made.fit({"train": TrainingInput(data)}, wait=False)
    return made.latest_training_job.name


def until(found):
    end = time.time() + 100
    while not (answer := found()):
        assert time.time() < end, found
        time.sleep(0.3)
    return answer


def ended(job):
    def look():
        seen = session.describe_training_job(job)
        return seen if seen["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

    return until(look)


def output(job):
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job
    )
    return "\n".join(event["message"] for page in pages for event in page["events"])


def model_of(uri):
    where, key = uri.removeprefix("s3://").split("/", 1)
    body = io.BytesIO(s3.get_object(Bucket=where, Key=key)["Body"].read())
    return json.load(tarfile.open(fileobj=body).extractfile("model.json"))


def trains_on_every_image():
    for image in IMAGES:
        made = estimator(image)
        job = started(made)
        seen = ended(job)
        assert seen["TrainingJobStatus"] == "Completed", seen.get("FailureReason")
        assert "note=a b 'é' mine=yes lib=7" in output(job)
        assert model_of(made.model_data) == {"rows": 2}
        assert [(m["MetricName"], m["Value"]) for m in seen["FinalMetricDataList"]] == [("half", 1.5)]
        assert s3.list_objects_v2(Bucket=bucket, Prefix="byo/checkpoints/")["KeyCount"] == 1
        attached = Estimator.attach(job, sagemaker_session=session)
        assert attached.model_data == made.model_data
        assert attached.hyperparameters()["count"] == "3"


def stops_with_what_it_saved():
    made = estimator(nap=300)
    job = started(made)
    until(
        lambda: "READY" in output(job) if session.describe_training_job(job).get("TrainingStartTime") else ""
    )
    made.latest_training_job.stop()
    seen = ended(job)
    assert (seen["TrainingJobStatus"], seen["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert model_of(seen["ModelArtifacts"]["S3ModelArtifacts"]) == {"stopped": True}
    assert Estimator.attach(job, sagemaker_session=session).latest_training_job.name == job


def fails_in_the_scripts_own_words():
    job = started(estimator(fail="deliberate 4711"))
    ended(job)
    try:
        session.logs_for_job(job, wait=True)
    except UnexpectedStatusException as error:
        assert error.actual_status == "Failed"
        assert "deliberate 4711" in str(error)
    else:
        raise AssertionError("a failing script must fail the job")


def ends_at_its_time_limit():
    seen = ended(started(estimator(nap=300, max_run=2)))
    assert (seen["TrainingJobStatus"], seen["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


trains_on_every_image()
stops_with_what_it_saved()
fails_in_the_scripts_own_words()
ends_at_its_time_limit()
print("PASS")
