"""AWS's own toolkit for training, unmodified, in an image of a user's own: what `pip install sagemaker-training` in a Dockerfile gives
(https://github.com/aws/sagemaker-training-toolkit, README)."""

from __future__ import annotations

import io
import json
import sysconfig
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.clients import TOOLKITS, python_of
from tests.support.image_registry import ImageRegistry, layer, member, needed, python
from tests.support.live import Live
from tests.support.push import push
from tests.support.waiting import until

pytestmark = pytest.mark.sdk

TRAIN = """#!/bin/python3
import sys
from sagemaker_training.cli.train import main
sys.exit(main())
"""
# The toolkit looks for programs with it; a base image has it.
WHICH = """#!/bin/python3
import shutil, sys
found = shutil.which(sys.argv[1])
print(found or "")
sys.exit(not found)
"""
# A user's script, as for a framework's image: arguments from hyperparameters, places from SM_ variables.
SCRIPT = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
given = parser.parse_args()
rows = open(os.path.join(given.train, "rows")).read().split()
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w") as file:
    json.dump({"sum": sum(map(int, rows)), "depth": given.depth, "hosts": json.loads(os.environ["SM_HOSTS"])}, file)
if given.depth > 10:
    raise ValueError("too deep")
"""
_UNNEEDED = {"pip", "setuptools", "pkg_resources", "_distutils_hack", "tests", "test", "__pycache__"}


def _toolkits() -> bytes:
    """Return a layer with the packages of the toolkits, where the image's interpreter looks for them."""
    packages = next(python_of(TOOLKITS).parents[1].glob("lib/python3*/site-packages"))
    target = f"{sysconfig.get_path('stdlib')}/site-packages"
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.add(packages, target.lstrip("/"), filter=_wanted)
        for library in sorted(needed([str(path) for path in packages.rglob("*.so")])):
            if not library.startswith(str(packages)):
                archive.add(Path(library).resolve(), library.lstrip("/"))
    return raw.getvalue()


def _wanted(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if _UNNEEDED & set(info.name.split("/")) else info


@pytest.fixture(scope="module")
def image(live: Live, role: str) -> str:
    packages = _toolkits()
    images = ImageRegistry()
    programs = (member("bin/train", TRAIN.encode()), member("bin/which", WHICH.encode()))
    digest = images.add_image(python(), packages, layer(*programs, member("tmp", None, 0o1777)))
    return push(live, images, digest, "toolkits/training")


@pytest.fixture(scope="module")
def stored(live: Live) -> str:
    """A bucket with rows, and the archive of a script as the SDK's Estimator sends it."""
    s3 = live.client("s3")
    s3.create_bucket(Bucket="toolkits")
    s3.put_object(Bucket="toolkits", Key="train/rows", Body=b"1 2 3")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo("script.py")
        info.size = len(SCRIPT)
        archive.addfile(info, io.BytesIO(SCRIPT.encode()))
    s3.put_object(Bucket="toolkits", Key="code/sourcedir.tar.gz", Body=packed.getvalue())
    return "s3://toolkits"


def _train(live: Live, role: str, image: str, stored: str, name: str, depth: int) -> dict[str, Any]:
    sm = live.client("sagemaker")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{stored}/train/"}
    given = {
        "sagemaker_program": "script.py",
        "sagemaker_submit_directory": f"{stored}/code/sourcedir.tar.gz",
    }
    sm.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        HyperParameters={key: json.dumps(value) for key, value in {**given, "depth": depth}.items()},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": f"{stored}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 2},
        StoppingCondition={"MaxRuntimeInSeconds": 120},
        RoleArn=role,
    )

    def over() -> dict[str, Any] | None:
        found = sm.describe_training_job(TrainingJobName=name)
        return found if found["TrainingJobStatus"] not in ("InProgress", "Stopping") else None

    return until(over, 120)


def _log(live: Live, name: str) -> str:
    """Return the last lines that the job printed."""
    logs = live.client("logs")
    group = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    streams = logs.describe_log_streams(**group, logStreamNamePrefix=f"{name}/")["logStreams"]
    events = [logs.get_log_events(**group, logStreamName=one["logStreamName"])["events"] for one in streams]
    return "\n".join(event["message"] for one in events for event in one[-30:])


def test_the_toolkits_train_runs_the_users_script(
    live: Live, role: str, image: str, stored: str, name: str
) -> None:
    job = _train(live, role, image, stored, name, depth=4)
    assert job["TrainingJobStatus"] == "Completed", (job.get("FailureReason"), _log(live, name))
    _, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].partition("toolkits/")
    body = live.client("s3").get_object(Bucket="toolkits", Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        made = archive.extractfile("model.json")
        assert made is not None
        assert json.load(made) == {"sum": 6, "depth": 4, "hosts": ["algo-1"]}


def test_what_the_script_raises_is_the_jobs_reason(
    live: Live, role: str, image: str, stored: str, name: str
) -> None:
    """The toolkit writes it to /opt/ml/output/failure."""
    job = _train(live, role, image, stored, name, depth=40)
    assert job["TrainingJobStatus"] == "Failed"
    assert "ExecuteUserScriptError" in job["FailureReason"]
    assert "script.py --depth 40" in job["FailureReason"]
    assert "ValueError: too deep" in _log(live, name)
