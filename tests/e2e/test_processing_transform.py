"""Processing and batch transform jobs that really run."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import Bench
from tests.support.images import SKLEARN, XGBOOST
from tests.support.waiting import until


def start_processing(bench: Bench, name: str, shell: str, mode: str = "EndOfJob") -> None:
    output = {"S3Uri": bench.uri(f"p/{name}"), "LocalPath": "/opt/ml/processing/out", "S3UploadMode": mode}
    bench.sm.create_processing_job(
        ProcessingJobName=name,
        RoleArn=bench.role,
        AppSpecification={"ImageUri": SKLEARN, "ContainerEntrypoint": ["/bin/bash", "-c", shell]},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": output}]},
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        },
    )


def test_a_continuous_output_is_there_before_the_job_ends(bench: Bench) -> None:
    start_processing(
        bench, "flow", "echo 1 > /opt/ml/processing/out/one; while true; do sleep 0.1; done", "Continuous"
    )
    until(lambda: bench.keys("p/flow/") == ["one"], 30)
    assert bench.sm.describe_processing_job(ProcessingJobName="flow")["ProcessingJobStatus"] == "InProgress"
    bench.sm.stop_processing_job(ProcessingJobName="flow")
    assert bench.processed("flow")["ProcessingJobStatus"] == "Stopped"


def test_outputs_of_a_failed_job_are_not_stored(bench: Bench) -> None:
    # contracts 7: EndOfJob only when the container ended well
    shell = "echo 1 > /opt/ml/processing/out/one; echo -n gone wrong > /opt/ml/output/message; exit 3"
    start_processing(bench, "bad", shell)
    job = bench.processed("bad")
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Failed", "gone wrong")
    assert bench.keys("p/bad/") == []


def transform(bench: Bench, name: str, source: str, hosts: int = 1, **more: Any) -> dict[str, Any]:
    bench.sm.create_transform_job(
        **{
            "TransformJobName": name,
            "ModelName": "batch",
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": bench.uri(source)}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {
                "S3OutputPath": bench.uri(f"t/{name}"),
                "Accept": "text/csv",
                "AssembleWith": "Line",
            },
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": hosts},
            **more,
        }
    )
    return bench.transformed(name)


def make_model(bench: Bench, url: str) -> None:
    if "batch" not in [made["ModelName"] for made in bench.sm.list_models(NameContains="batch")["Models"]]:
        container = {"Image": XGBOOST, "ModelDataUrl": url}
        bench.sm.create_model(ModelName="batch", ExecutionRoleArn=bench.role, PrimaryContainer=container)


def test_two_instances_filter_and_join(bench: Bench, model: str) -> None:
    make_model(bench, model)
    for part in (1, 2, 3):
        bench.put(f"rows/{part}.csv", f"id{part}a,{part},0\nid{part}b,0,{part}\n")
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    job = transform(bench, "join", "rows/", hosts=2, DataProcessing=processing)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert bench.keys("t/join/") == ["1.csv.out", "2.csv.out", "3.csv.out"]
    for part in (1, 2, 3):
        rows = [line.split(",") for line in bench.get(f"t/join/{part}.csv.out").decode().splitlines()]
        assert [row[0] for row in rows] == [f"id{part}a", f"id{part}b"]
        first, second = (float(row[1]) for row in rows)
        assert first > second  # 2a + b: the first column weighs twice the second


def test_one_bad_object_fails_the_job_and_keeps_the_others(bench: Bench, model: str) -> None:
    # contracts III.6
    make_model(bench, model)
    bench.put("mixed/a.csv", "1,2\n")
    bench.put("mixed/b.csv", "1,not a number\n")
    bench.put("mixed/c.csv", "2,1\n")
    job = transform(bench, "mixed", "mixed/")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert bench.keys("t/mixed/") == ["a.csv.out", "c.csv.out"]


def test_captured_inferences_have_ids_and_manifests(bench: Bench, model: str) -> None:
    make_model(bench, model)
    bench.put("ided/x.csv", "1,2\n3,4\n")
    capture = {"DestinationS3Uri": bench.uri("captured"), "GenerateInferenceId": True}
    job = transform(bench, "ided", "ided/", DataCaptureConfig=capture)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    rows = bench.get("t/ided/x.csv.out").decode().splitlines()
    assert [len(row.split(",")) for row in rows] == [3, 3]
    sides = {key.split("/")[0] for key in bench.keys("captured/")}
    assert sides == {"input", "output"}
