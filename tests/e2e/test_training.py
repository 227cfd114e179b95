"""Training jobs that really run: data in, models out, and every way to end badly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.conftest import Bench, csv_rows
from tests.support.images import XGBOOST
from tests.support.waiting import until


def libsvm() -> bytes:
    rows = (line.split(",") for line in csv_rows().splitlines())
    return "".join(f"{y} 1:{a} 2:{b}\n" for y, a, b in rows).encode()


def parquet() -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = zip(*(map(float, line.split(",")) for line in csv_rows().splitlines()), strict=True)
    whole = io.BytesIO()
    pq.write_table(pa.table(dict(zip("yab", map(list, columns), strict=True))), whole)
    return whole.getvalue()


def recordio() -> bytes:
    import numpy as np

    from clary_programs.formats.recordio_protobuf import write_rows

    table = np.array([[float(x) for x in line.split(",")] for line in csv_rows().splitlines()], np.float32)
    return write_rows(table[:, 1:], table[:, 0])


HYPERPARAMETERS = {"num_round": "4", "objective": "reg:squarederror"}


@pytest.mark.parametrize(
    ("content_type", "make"),
    [
        ("text/libsvm", libsvm),
        ("application/x-parquet", parquet),
        ("application/x-recordio-protobuf", recordio),
    ],
)
def test_xgboost_learns_from_every_format(bench: Bench, content_type: str, make: Callable[[], bytes]) -> None:
    name = "xgb-" + content_type.split("/")[1].replace("x-", "")
    bench.put(f"{name}/data", make())
    channels = [
        bench.channel(bench.uri(f"{name}/"), channel, ContentType=content_type)
        for channel in ("train", "validation")
    ]
    job = bench.train(name, image=XGBOOST, HyperParameters=HYPERPARAMETERS, InputDataConfig=channels)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    # the mean square of the labels' spread is about 20: what it says has to come from this data
    assert 0 < metrics["train:rmse"] < 4
    assert metrics["validation:rmse"] == pytest.approx(metrics["train:rmse"], rel=1e-3)
    assert bench.archive(f"out/{name}/output/model.tar.gz").keys() == {"xgboost-model"}


def test_xgboost_reads_csv_through_a_pipe(bench: Bench, model: str) -> None:
    channel = bench.channel(bench.uri("csv/"), ContentType="text/csv", InputMode="Pipe")
    job = bench.train("xgb-pipe", image=XGBOOST, HyperParameters=HYPERPARAMETERS, InputDataConfig=[channel])
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert "xgboost-model" in bench.archive("out/xgb-pipe/output/model.tar.gz")


def test_a_hyperparameter_out_of_range_is_the_customers_error(bench: Bench, model: str) -> None:
    job = bench.train(
        "xgb-range",
        image=XGBOOST,
        HyperParameters={**HYPERPARAMETERS, "eta": "7"},
        InputDataConfig=[bench.channel(bench.uri("csv/"), ContentType="text/csv")],
    )
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert "eta" in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 2")


def test_a_program_that_crashes_says_why(bench: Bench) -> None:
    job = bench.train(
        "crash",
        shell="echo about to fail; echo -n 'bad luck 4711' > /opt/ml/output/failure; "
        "echo kept > /opt/ml/output/data/partial; exit 7",
    )
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: bad luck 4711, exit code: 7"
    # contracts 4.1: what lies in output/data is stored also when a job fails; there is no model
    assert bench.keys("out/crash/output/") == ["output.tar.gz"]
    events = bench.live.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="crash/"
    )["events"]
    assert [event["message"] for event in events] == ["about to fail"]


def test_a_script_may_say_why_itself(bench: Bench) -> None:
    """aws/sagemaker-training-toolkit, issue 111: a failure file of the script's own is the FailureReason."""
    script = "import sys\nopen('/opt/ml/output/failure', 'w').write('column seven is empty')\nsys.exit(4)\n"
    source = bench.pack("code/own-reason.tar.gz", {"train.py": script})
    named = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f'"{source}"'}
    job = bench.train("own-reason", HyperParameters=named)
    assert job["FailureReason"] == "AlgorithmError: column seven is empty, exit code: 4"


def test_a_number_that_does_not_fit_is_the_customers_error(bench: Bench) -> None:
    data = bench.put("wide/data", b"1 0:1 2147483648:2\n0 1:3\n")
    job = bench.train(
        "wide",
        image=XGBOOST,
        HyperParameters={"num_round": "1"},
        InputDataConfig=[bench.channel(data, ContentType="text/libsvm")],
    )
    assert job["FailureReason"].startswith("ClientError: Failed to load libsvm data with exception:")


def test_a_program_that_is_killed_shows_its_signal(bench: Bench) -> None:
    job = bench.train("killed", shell="kill -9 $$")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].endswith("exit code: 137")


def test_a_program_that_never_ends_is_ended_and_its_model_kept(bench: Bench) -> None:
    job = bench.train("endless", seconds=2, shell="echo 1 > /opt/ml/model/m; while true; do sleep 0.1; done")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert job["TrainingTimeInSeconds"] >= 2
    assert bench.archive("out/endless/output/model.tar.gz") == {"m": b"1\n"}


def test_a_program_that_fills_its_volume_is_ended(bench: Bench) -> None:
    job = bench.train(
        "full",
        volume=1,
        shell="fallocate -l 1200M /opt/ml/output/data/big || head -c 1200M /dev/zero > /opt/ml/output/data/big; "
        "sleep 30",
    )
    assert job["TrainingJobStatus"] == "Failed"
    assert "storage" in job["FailureReason"]


def test_a_stopped_job_keeps_its_model(bench: Bench) -> None:
    bench.start_training(
        "stopped",
        shell="echo started > /opt/ml/model/m; trap 'echo ended > /opt/ml/model/n; exit' TERM; "
        "while true; do sleep 0.1; done",
    )
    bench.running("stopped")
    bench.sm.stop_training_job(TrainingJobName="stopped")
    job = bench.trained("stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert set(bench.archive("out/stopped/output/model.tar.gz")) <= {"m", "n"}
    names = [entry["Status"] for entry in job["SecondaryStatusTransitions"]]
    assert names[-1] == "Stopped"
    assert "Training" in names


def test_models_of_two_hosts_become_one(bench: Bench) -> None:
    # contracts 4: /opt/ml/model of all hosts merged
    shell = 'h=$(python3 -c \'import json;print(json.load(open("/opt/ml/input/config/resourceconfig.json"))["current_host"])\'); echo $h > /opt/ml/model/$h; getent hosts algo-1 algo-2 > /opt/ml/model/seen-$h'
    job = bench.train("two", hosts=2, shell=shell)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    files = bench.archive("out/two/output/model.tar.gz")
    assert files["algo-1"] == b"algo-1\n"
    assert files["algo-2"] == b"algo-2\n"
    assert len(files["seen-algo-1"].splitlines()) == 2


def test_shards_and_manifests_bring_the_right_objects(bench: Bench) -> None:
    for name in "abcd":
        bench.put(f"parts/{name}", name)
    manifest = json.dumps([{"prefix": bench.uri("parts/")}, "b", "d"])
    bench.put("manifest.json", manifest)
    shell = (
        "cd /opt/ml/input/data; "
        'h=$(python3 -c \'import json;print(json.load(open("/opt/ml/input/config/resourceconfig.json"))["current_host"])\'); '
        "for c in sharded listed; do ls $c | tr '\\n' ' ' > /opt/ml/model/$c-$h; done"
    )
    channels = [
        bench.channel(bench.uri("parts/"), "sharded", spread="ShardedByS3Key"),
        bench.channel(bench.uri("manifest.json"), "listed", "ManifestFile"),
    ]
    job = bench.train("shards", hosts=2, shell=shell, InputDataConfig=channels)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    files = {k: v.decode().split() for k, v in bench.archive("out/shards/output/model.tar.gz").items()}
    assert sorted(files["sharded-algo-1"] + files["sharded-algo-2"]) == ["a", "b", "c", "d"]
    assert len(files["sharded-algo-1"]) == 2
    assert files["listed-algo-1"] == files["listed-algo-2"] == ["b", "d"]


def test_missing_data_is_refused_at_once(bench: Bench) -> None:
    with pytest.raises(ClientError, match='No S3 objects found under S3 URL "s3://e2e/nothing/here"'):
        bench.train("nodata", shell="true", InputDataConfig=[bench.channel(bench.uri("nothing/here"))])


def test_an_isolated_job_has_no_credentials_and_no_network(bench: Bench) -> None:
    port = bench.live.port
    shell = (
        "env | grep -c '^AWS_\\(ACCESS\\|SECRET\\|CONTAINER\\)' > /opt/ml/model/keys; "
        f"(exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo open > /opt/ml/model/net || echo closed > /opt/ml/model/net"
    )
    job = bench.train("isolated", shell=shell, EnableNetworkIsolation=True)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert bench.archive("out/isolated/output/model.tar.gz") == {"keys": b"0\n", "net": b"closed\n"}


def test_a_job_acts_as_its_role(bench: Bench) -> None:
    code = (
        "import boto3, json; me = boto3.client('sts').get_caller_identity()['Arn']; "
        "open('/opt/ml/model/me', 'w').write(me)"
    )
    job = bench.train("as-role", shell=f'python3 -c "{code}"')
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    me = bench.archive("out/as-role/output/model.tar.gz")["me"].decode()
    assert ":assumed-role/Jobs/" in me  # what get_execution_role() takes the role's name from


def test_a_spot_job_resumes_from_its_checkpoint(bench: Bench) -> None:
    shell = "f=/opt/ml/checkpoints/step; n=$(cat $f 2>/dev/null || echo 0); echo $((n+1)) > $f; cp $f /opt/ml/model/"
    more: dict[str, Any] = {
        "shell": shell,
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
        "CheckpointConfig": {"S3Uri": bench.uri("checkpoints/one")},
    }
    for number in (1, 2):
        job = bench.train(f"spot-{number}", **more)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert bench.archive(f"out/spot-{number}/output/model.tar.gz") == {"step": f"{number}\n".encode()}
    assert bench.get("checkpoints/one/step") == b"2\n"


def test_what_is_written_for_tensorboard_is_in_s3_while_the_job_runs(bench: Bench) -> None:
    bench.start_training(
        "board",
        shell="echo event > /opt/ml/output/tensorboard/events; while true; do sleep 0.1; done",
        TensorBoardOutputConfig={"S3OutputPath": bench.uri("tb")},
    )
    until(lambda: bench.keys("tb/board/tensorboard-output/") == ["events"], 30)
    assert bench.sm.describe_training_job(TrainingJobName="board")["TrainingJobStatus"] == "InProgress"
    bench.sm.stop_training_job(TrainingJobName="board")
    assert bench.trained("board")["TrainingJobStatus"] == "Stopped"
