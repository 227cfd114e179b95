"""Experiments with line 2 of the SDK: runs outside of jobs and around one, graphs, lists, and the data frame of
ExperimentAnalytics."""

import sys
import tempfile
import time
import uuid
from pathlib import Path

import boto3
import sagemaker
from sagemaker.analytics import ExperimentAnalytics
from sagemaker.experiments import Run, list_runs, load_run
from sagemaker.lineage.association import Association
from sagemaker.processing import ScriptProcessor

role = sys.argv[1]
unique = uuid.uuid4().hex[:8]
bucket, experiment = f"runs-{unique}", f"exp-{unique}"
boto3.client("s3").create_bucket(Bucket=bucket)
session = sagemaker.Session(default_bucket=bucket)
sm, metrics = boto3.client("sagemaker"), boto3.client("sagemaker-metrics")
named = {"experiment_name": experiment, "sagemaker_session": session}
folder = Path(tempfile.mkdtemp())
(folder / "notes.txt").write_text("notes")
(folder / "job.py").write_text("print('done')")


def component(run_name):
    return sm.describe_trial_component(TrialComponentName=f"{experiment}-{run_name}")


# A run that logs all that there is to log.
with Run(
    **named, run_name="first", run_display_name="The-first", tags=[{"Key": "team", "Value": "x"}]
) as run:
    run.log_parameter("lr", 0.1)
    run.log_parameters({"kind": "adam", "epochs": 3})
    for step in range(25):
        run.log_metric("loss", 1.0 / (step + 1), step=step)
    run.log_artifact("data", "s3://bucket/data", media_type="text/csv", is_output=False)
    run.log_file(str(folder / "notes.txt"), name="notes")
    run.log_confusion_matrix([1, 0, 1, 0], [1, 0, 0, 0], title="matrix")
    run.log_roc_curve([0, 1, 1, 0], [0.2, 0.9, 0.6, 0.4], title="curve")
    assert component("first")["Status"]["PrimaryStatus"] == "InProgress"
shown = component("first")
assert shown["Status"] == {"PrimaryStatus": "Completed"}
assert shown["EndTime"] >= shown["StartTime"]
assert shown["Parameters"] == {
    "lr": {"NumberValue": 0.1},
    "kind": {"StringValue": "adam"},
    "epochs": {"NumberValue": 3.0},
}
assert shown["InputArtifacts"]["data"] == {"Value": "s3://bucket/data", "MediaType": "text/csv"}
assert shown["OutputArtifacts"]["notes"]["Value"].startswith(f"s3://{bucket}/")
(loss,) = shown["Metrics"]
assert (loss["Count"], loss["Min"], loss["Max"], loss["Last"]) == (25, 1 / 25, 1.0, 1 / 25)
query = {
    "MetricName": "loss",
    "ResourceArn": shown["TrialComponentArn"],
    "MetricStat": "Last",
    "Period": "IterationNumber",
    "XAxisType": "IterationNumber",
}
(series,) = metrics.batch_get_metrics(MetricQueries=[query])["MetricQueryResults"]
assert series["XAxisValues"] == list(range(25))
graphs = Association.list(source_arn=shown["TrialComponentArn"], sagemaker_session=session)
assert sorted(one.destination_type for one in graphs) == ["ConfusionMatrix", "ROCCurve"]

# The same run again, one that fails, and one inside of another experiment.
with load_run(**named, run_name="first") as run:
    run.log_parameter("later", 7)
assert component("first")["Parameters"]["later"] == {"NumberValue": 7.0}
try:
    with Run(**named, run_name="second") as run:
        run.log_metric("loss", 0.5)
        raise RuntimeError("out of luck")
except RuntimeError:
    pass
assert component("second")["Status"] == {"PrimaryStatus": "Failed", "Message": "out of luck"}
with Run(experiment_name=f"{experiment}-b", run_name="first", sagemaker_session=session) as run:
    run.log_parameter("lr", 0.9)

# A job in the context of a run: it has a component of its own in the same trial, and names the run.
with Run(**named, run_name="third") as run:
    processor = ScriptProcessor(
        image_uri=sagemaker.image_uris.retrieve("sklearn", session.boto_region_name, "1.2-1"),
        command=["python3"],
        role=role,
        instance_type="ml.m5.large",
        instance_count=1,
        sagemaker_session=session,
    )
    processor.run(str(folder / "job.py"), wait=False)  # with the run's experiment_config
    job = processor.latest_job.job_name
config = sm.describe_processing_job(ProcessingJobName=job)["ExperimentConfig"]
assert config["RunName"] == f"{experiment}-third"
end = time.monotonic() + 60
while True:
    found = sm.list_trial_components(SourceArn=processor.latest_job.describe()["ProcessingJobArn"])
    if [one for one in found["TrialComponentSummaries"] if one["Status"]["PrimaryStatus"] == "Completed"]:
        break
    assert time.monotonic() < end, found
    time.sleep(0.1)
assert found["TrialComponentSummaries"][0]["TrialComponentName"] == f"{job}-aws-processing-job"

# What was logged, as lists and as a table.
names = [run.run_name for run in list_runs(experiment_name=experiment, sagemaker_session=session)]
assert names == ["third", "second", "first"], names
analytics = ExperimentAnalytics(
    experiment_name=experiment, sort_by="metrics.loss.max", sort_order="Descending", sagemaker_session=session
)
table = analytics.dataframe()
assert len(table) == 4
assert table.iloc[0]["TrialComponentName"] == f"{experiment}-first"
assert table.iloc[0]["lr"] == 0.1
assert table.iloc[0]["loss - Min"] == 1 / 25
assert table.iloc[0]["Trials"] == [f"Default-Run-Group-{experiment}"]
assert table.iloc[0]["Experiments"] == [experiment]
narrow = {"Filters": [{"Name": "Parameters.lr.NumberValue", "Operator": "LessThan", "Value": "0.5"}]}
few = ExperimentAnalytics(experiment, search_expression=narrow, sagemaker_session=session).dataframe()
assert list(few["DisplayName"]) == ["The-first"]
print("PASS")
