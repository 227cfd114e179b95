"""A job ends when its program does, whatever that left behind: what is read of it afterwards is held to what the job asked
for, can be stopped, and is refused in AWS's words where it is too much."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest

from tests.support.live import Live
from tests.support.live_jobs import put_script, script_job
from tests.support.waiting import until

FINAL = ("Completed", "Failed", "Stopped")
FAILED = "ClientError: Artifact upload failed:"
GIB = 1 << 30


def trained(live: Live, role: str, name: str, script: str, **changes: Any) -> dict[str, Any]:
    """The description of a training job of this script, once it has ended."""
    begin(live, role, name, script, **changes)
    return ended(live, name)


def begin(live: Live, role: str, name: str, script: str, **changes: Any) -> None:
    put_script(live, script, name)
    live.client("sagemaker").create_training_job(**script_job(role, name, name, **changes))


def ended(live: Live, name: str) -> dict[str, Any]:
    sm = live.client("sagemaker")
    return until(lambda: _final(sm.describe_training_job(TrainingJobName=name), "TrainingJobStatus"), 60, 0.1)


def processed(live: Live, role: str, name: str, script: str) -> dict[str, Any]:
    """The description of a processing job whose script leaves its output in a folder, once it has ended."""
    put_script(live, script, name)
    sm = live.client("sagemaker")
    code, out = "/opt/ml/processing/code", "/opt/ml/processing/out"
    source = {
        "S3Uri": f"s3://data/code/{name}/",
        "LocalPath": code,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    target = {"S3Uri": f"s3://data/{name}", "LocalPath": out, "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    image = script_job(role, name)["AlgorithmSpecification"]["TrainingImage"]
    sm.create_processing_job(
        ProcessingJobName=name,
        RoleArn=role,
        AppSpecification={"ImageUri": image, "ContainerEntrypoint": ["python3", f"{code}/main.py"]},
        ProcessingInputs=[{"InputName": "code", "S3Input": source}],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": target}]},
        ProcessingResources={"ClusterConfig": cluster},
    )
    describe = sm.describe_processing_job
    return until(lambda: _final(describe(ProcessingJobName=name), "ProcessingJobStatus"), 60, 0.1)


def _final(job: dict[str, Any], member: str) -> dict[str, Any] | None:
    return job if job[member] in FINAL else None


def log_of(live: Live, name: str) -> list[str]:
    """The last lines of a job's log: ten thousand, or a megabyte of them."""
    logs, group = live.client("logs"), "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    return [event["message"] for event in events]


def keys(live: Live, prefix: str) -> list[str]:
    found = live.client("s3").list_objects_v2(Bucket="data", Prefix=prefix).get("Contents", [])
    return [one["Key"] for one in found]


# files ------------------------------------------------------------------------------------------------------------
def test_a_model_of_nothing_takes_no_time(live: Live, role: str) -> None:
    script = "import os\nos.truncate(os.open('/opt/ml/model/sparse', os.O_RDWR | os.O_CREAT), 15 << 40)"
    assert trained(live, role, "sparse", script)["TrainingJobStatus"] == "Completed"
    body = live.client("s3").get_object(Bucket="data", Key="out/sparse/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as made:
        assert [(member.name, member.size) for member in made] == [("sparse", 15 << 40)]


def test_an_output_larger_than_the_volume_is_refused_whole(live: Live, role: str) -> None:
    script = (
        "import os\nos.chdir('/opt/ml/processing/out')\nopen('small', 'w').write('x')\n"
        "os.truncate(os.open('sparse', os.O_RDWR | os.O_CREAT), 3 << 29)"
    )
    job = processed(live, role, "large", script)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == f"{FAILED}the output of a host is larger than its volume of {GIB} bytes"
    assert keys(live, "large/") == []


NEST = """
import os
os.chdir("/opt/ml/model")
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
"""


def test_folders_without_bottom_are_refused(live: Live, role: str) -> None:
    job = trained(live, role, "deep", NEST)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == f"{FAILED}the output has more than 200 folders within each other"
    live.client("sagemaker").delete_training_job(TrainingJobName="deep")


def test_names_that_are_no_keys_are_the_clients_error(live: Live, role: str) -> None:
    """And not the platform's own, which RetryStrategy would try again."""
    script = (
        "import os\nos.chdir(b'/opt/ml/processing/out')\nfor name in (b'good', b'b\\xff'): open(name, 'w')"
    )
    job = processed(live, role, "names", script)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == rf"{FAILED}the file name b'b\xff' is not UTF-8"
    assert keys(live, "names/") == []


def test_names_of_any_letters_are_keys(live: Live, role: str) -> None:
    names = ["a\nb", "a\tb", "a\x01b", "ü +%&?", "~"]
    script = f"import os\nos.chdir('/opt/ml/processing/out')\nfor name in {names!r}: open(name, 'w')"
    assert processed(live, role, "letters", script)["ProcessingJobStatus"] == "Completed"
    assert keys(live, "letters/") == sorted(f"letters/{name}" for name in names)


# stopping ---------------------------------------------------------------------------------------------------------
def test_a_job_that_uploads_is_stopped(live: Live, role: str) -> None:
    """Random bytes: a quarter of a minute and more to pack."""
    script = "import os\nwith open('/opt/ml/model/x', 'wb') as file:\n    for _ in range(400): file.write(os.urandom(1 << 20))"
    begin(live, role, "uploads", script)
    sm = live.client("sagemaker")
    until(lambda: sm.describe_training_job(TrainingJobName="uploads")["SecondaryStatus"] == "Uploading", 60)
    sm.stop_training_job(TrainingJobName="uploads")
    job = ended(live, "uploads")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert keys(live, "out/uploads/") == []


# the log ----------------------------------------------------------------------------------------------------------
def test_a_log_cannot_be_stretched(live: Live, role: str) -> None:
    script = (
        "import os\nprint('hello', flush=True)\n"
        "for size in (2 << 30, 1 << 60):\n    try: os.ftruncate(1, size)\n    except OSError: print('no', flush=True)"
    )
    assert trained(live, role, "stretch", script)["TrainingJobStatus"] == "Completed"
    assert log_of(live, "stretch") == ["hello", "no", "no"]


FLOODS = {
    "zeros": "b'\\0' * (1 << 20)",
    "one-line": "b'x' * (1 << 20)",
    "lines": "b'y' * 127 + b'\\n'",
    "short-lines": "b'y\\n' * (1 << 19)",
    "returns": "b'\\r' * (1 << 20)",
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_ends_with_its_program(live: Live, role: str, kind: str) -> None:
    """What is kept of it is read in so many steps; if that is not all of it, the log says so."""
    script = (
        f"import os\npiece = {FLOODS[kind]}\npiece *= (1 << 20) // len(piece)\nfor _ in range(100): os.write(1, piece)\n"
        "print('\\nend', flush=True)"
    )
    name = f"flood-{kind}"
    assert trained(live, role, name, script)["TrainingJobStatus"] == "Completed"
    cut = "[The output that follows is not in this log: there is too much of it.]"
    assert log_of(live, name)[-1] in ("end", cut)
    live.client("sagemaker").delete_training_job(TrainingJobName=name)


def test_daemons_print_into_nothing(live: Live, role: str) -> None:
    script = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True: os.write(1, b'daemon' * 1000)\n"
        "time.sleep(0.05)\nprint('the end', flush=True)"
    )
    assert trained(live, role, "daemons", script)["TrainingJobStatus"] == "Completed"


# failures ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["failure", "message"])
def test_texts_of_any_length_are_cut(live: Live, role: str, name: str) -> None:
    script = (
        f"import os\nfd = os.open('/opt/ml/output/{name}', os.O_RDWR | os.O_CREAT)\n"
        "os.write(fd, b'why' * 1000)\nos.truncate(fd, 15 << 40)\nraise SystemExit(3)"
    )
    job = trained(live, role, f"long-{name}", script)
    assert job["TrainingJobStatus"] == "Failed"
    assert len(job["FailureReason"]) < 1100
