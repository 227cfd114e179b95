"""Experiments with line 3 of the SDK: runs, resources, and load_run inside of a job, which finds its run by itself.

The job imports the SDK from where this script has it: nothing is installed.
"""

import sys
import time
import uuid

import boto3
from sagemaker.core.experiments.run import Run, load_run
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import Experiment, Trial, TrialComponent

ROLE = sys.argv[1]
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
JOB = """
from sagemaker.core.experiments.run import load_run
with load_run() as run:
    run.log_parameter("inside", 1)
    for step in range(12):
        run.log_metric("score", step * 2.0, step=step)
print("LOGGED", run.run_name)
"""
session = Session()
sm, s3 = boto3.client("sagemaker"), boto3.client("s3")
unique = uuid.uuid4().hex[:8]
experiment, bucket = f"exp3-{unique}", f"runs3-{unique}"
s3.create_bucket(Bucket=bucket)
s3.put_object(Bucket=bucket, Key="code/job.py", Body=JOB.encode())


def until(found):
    end = time.monotonic() + 120
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return value


with Run(experiment_name=experiment, run_name="r1", sagemaker_session=session) as run:
    run.log_parameters({"lr": 0.1, "kind": "x"})
    for step in range(4):
        run.log_metric("loss", 1.0 / (step + 1), step=step)
with load_run(experiment_name=experiment, run_name="r1", sagemaker_session=session) as run:
    run.log_parameter("later", 7)
component = TrialComponent.get(f"{experiment}-r1")
assert component.parameters["lr"].number_value == 0.1
assert component.parameters["kind"].string_value == "x"
assert component.parameters["later"].number_value == 7
assert component.status.primary_status == "Completed"
(loss,) = component.metrics
assert (loss.metric_name, loss.count, loss.min, loss.max) == ("loss", 4, 0.25, 1.0)

# What runs are made of, as resources.
assert Experiment.get(experiment).display_name == experiment
(trial,) = Trial.get_all(experiment_name=experiment)
assert [one.trial_component_name for one in TrialComponent.get_all(trial_name=trial.trial_name)] == [
    f"{experiment}-r1"
]

# load_run in a job reads the job's own ExperimentConfig.
with Run(experiment_name=experiment, run_name="r2", sagemaker_session=session) as run:
    config = run.experiment_config
code = {
    "S3Uri": f"s3://{bucket}/code/",
    "S3DataType": "S3Prefix",
    "S3InputMode": "File",
    "LocalPath": "/opt/ml/processing/input/code",
}
sm.create_processing_job(
    ProcessingJobName=f"inside-{unique}",
    RoleArn=ROLE,
    AppSpecification={
        "ImageUri": SKLEARN,
        "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/job.py"],
    },
    ProcessingInputs=[{"InputName": "code", "S3Input": code}],
    ProcessingResources={
        "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    },
    Environment={"PYTHONPATH": next(path for path in sys.path if path.endswith("site-packages"))},
    ExperimentConfig=config,
)


def status():
    return sm.describe_processing_job(ProcessingJobName=f"inside-{unique}")["ProcessingJobStatus"]


until(lambda: status() != "InProgress")
inside = TrialComponent.get(f"{experiment}-r2")
if status() != "Completed":
    logs = boto3.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=f"inside-{unique}"
    )
    raise AssertionError("\n".join(event["message"] for event in logs["events"]))
assert inside.parameters["inside"].number_value == 1
(score,) = inside.metrics
assert (score.metric_name, score.count, score.last) == ("score", 12, 22.0)
assert inside.status.primary_status == "Completed"
arn = sm.describe_processing_job(ProcessingJobName=f"inside-{unique}")["ProcessingJobArn"]
assert [one.source_arn for one in until(lambda: TrialComponent.get(f"{experiment}-r2").sources)] == [arn]
print("PASS")
