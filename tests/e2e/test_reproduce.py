"""`clary reproduce` against a platform of real processes: the same bytes where nothing has changed, and why not where
something has. Every program runs on the CPU with one thread."""

from __future__ import annotations

import contextlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any

import pytest

from clary.cli.main import main
from tests.e2e.conftest import Bench, csv_rows
from tests.support.images import SKLEARN

pytestmark = pytest.mark.slow
PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.1.0-cpu-py310"
MSE = [{"Name": "mse", "Regex": r"mse=([0-9.eE+-]+)"}]

FOREST = """
import argparse, csv, os, pickle
from sklearn.ensemble import RandomForestRegressor
arguments = argparse.ArgumentParser()
arguments.add_argument("--seed", type=int)
seed = arguments.parse_known_args()[0].seed
rows = [[float(x) for x in row] for row in csv.reader(open(os.environ["SM_CHANNEL_TRAIN"] + "/train.csv"))]
x, y = [row[1:] for row in rows], [row[0] for row in rows]
forest = RandomForestRegressor(5, max_depth=3, random_state=seed, n_jobs=1).fit(x, y)
print(f"mse={sum((a - b) ** 2 for a, b in zip(forest.predict(x), y)) / len(y):.9g}")
with open(os.environ["SM_MODEL_DIR"] + "/forest.pickle", "wb") as file:
    pickle.dump(forest, file, protocol=4)
"""
STAMPED = (
    FOREST
    + """
import time
with open(os.environ["SM_MODEL_DIR"] + "/made", "w") as file:
    file.write(str(time.time()))
"""
)
INSTALLED = """
import os, subprocess, sys
import boto3
s3 = boto3.client("s3")
wheel = s3.get_object(Bucket="e2e", Key="wheels/newest")["Body"].read().decode()
s3.download_file("e2e", "wheels/" + wheel, "/tmp/" + wheel)
subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-index", "/tmp/" + wheel], check=True)
import helper
with open(os.environ["SM_MODEL_DIR"] + "/value", "w") as file:
    file.write(helper.VALUE)
"""
NET = """
import os, random, torch
torch.set_num_threads(1)
torch.manual_seed(int(os.environ.get("SM_HP_SEED", 0)))
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(64, 2)
y = x.sum(1, keepdim=True)
for _ in range(20):
    loss = ((net(x) - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
print(f"mse={loss.item():.9g}")
torch.save(net.state_dict(), os.environ["SM_MODEL_DIR"] + "/net.pt")
"""


def reproduce(bench: Bench, name: str) -> tuple[int, str]:
    """The exit status of the command and what it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = main(["reproduce", "--home", str(bench.live.home.path), name])
    return status, said.getvalue()


def started(bench: Bench, name: str, script: str, image: str = SKLEARN, **parameters: str) -> None:
    """A job in script mode, as SDK v2 asks for it, with data and code of its own."""
    code = bench.pack(f"code/{name}/sourcedir.tar.gz", {"train.py": script})
    bench.put(f"data/{name}/train.csv", csv_rows())
    given = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f'"{code}"', **parameters}
    specification = {"TrainingImage": image, "TrainingInputMode": "File", "MetricDefinitions": MSE}
    bench.start_training(
        name,
        AlgorithmSpecification=specification,
        HyperParameters=given,
        InputDataConfig=[bench.channel(bench.uri(f"data/{name}/"))],
        seconds=120,
    )


JOBS: dict[str, dict[str, Any]] = {
    "same": {"script": FOREST, "seed": "7"},
    "data": {"script": FOREST, "seed": "7"},
    "code": {"script": FOREST.replace("random_state=seed", "random_state=1")},
    "gone": {"script": FOREST, "seed": "7"},
    "chance": {"script": FOREST},
    "stamp": {"script": STAMPED, "seed": "7"},
    "library": {"script": INSTALLED, "seed": "7"},
    "torch": {"script": NET, "image": PYTORCH, "seed": "3"},
}
if not find_spec("torch"):
    del JOBS["torch"]


def put_wheel(bench: Bench, version: str) -> None:
    """A library that programs install by themselves, as they do with what requirements.txt does not pin."""
    whole, facts = io.BytesIO(), f"helper-{version}.dist-info"
    with zipfile.ZipFile(whole, "w") as wheel:
        wheel.writestr("helper.py", f"VALUE = {version!r}")
        wheel.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: helper\nVersion: {version}\n")
        wheel.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{facts}/RECORD", "")
    name = f"helper-{version}-py3-none-any.whl"
    bench.put(f"wheels/{name}", whole.getvalue())
    bench.put("wheels/newest", name)


@pytest.fixture(scope="module")
def jobs(bench: Bench) -> dict[str, str]:
    """The first run of every job, by the word in its name; all run side by side."""
    put_wheel(bench, "1.0")
    with ThreadPoolExecutor(len(JOBS)) as pool:
        names = {word: f"repro-{word}" for word in JOBS}
        list(pool.map(lambda word: started(bench, names[word], **JOBS[word]), JOBS))
        for job in pool.map(lambda name: bench.trained(name, 120), names.values()):
            assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return names


@pytest.mark.parametrize("word", [word for word in ("same", "torch") if word in JOBS])
def test_script_mode_repeats_to_the_byte(bench: Bench, jobs: dict[str, str], word: str) -> None:
    status, said = reproduce(bench, jobs[word])
    assert status == 0, said
    assert "identical: every file of the model has the same bytes" in said
    assert "the same" in said


def test_a_model_that_was_deleted_is_known_by_its_digest(bench: Bench, jobs: dict[str, str]) -> None:
    bench.s3.delete_object(Bucket=bench.bucket, Key=f"out/{jobs['same']}/output/model.tar.gz")
    status, said = reproduce(bench, jobs["same"])
    assert status == 0, said
    assert "identical: the archive of the model has the digest of then" in said


def test_xgboost_from_its_model_package_and_endpoint(bench: Bench, model: str) -> None:
    image = bench.sm.describe_training_job(TrainingJobName="xgb-csv")["AlgorithmSpecification"][
        "TrainingImage"
    ]
    bench.sm.create_model_package_group(ModelPackageGroupName="repro")
    inference = {
        "Containers": [{"Image": image, "ModelDataUrl": model}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    arn = bench.sm.create_model_package(
        ModelPackageGroupName="repro", InferenceSpecification=inference, ModelApprovalStatus="Approved"
    )
    bench.deploy("repro-xgb", ModelPackageName=arn["ModelPackageArn"])
    status, said = reproduce(bench, "repro-xgb")
    assert status == 0, said
    assert "training job xgb-csv" in said
    assert "identical" in said
    bench.remove_endpoint("repro-xgb")


def test_changed_data_is_why(bench: Bench, jobs: dict[str, str]) -> None:
    bench.put(f"data/{jobs['data']}/train.csv", csv_rows(100))
    status, said = reproduce(bench, jobs["data"])
    assert status == 1, said
    assert f"different: the data at s3://e2e/data/{jobs['data']}/ has changed" in said


def test_changed_code_is_why(bench: Bench, jobs: dict[str, str]) -> None:
    """A seed that stands in the code is part of it."""
    other = JOBS["code"]["script"].replace("random_state=1", "random_state=2")
    code = bench.pack(f"code/{jobs['code']}/sourcedir.tar.gz", {"train.py": other})
    status, said = reproduce(bench, jobs["code"])
    assert status == 1, said
    assert f"different: the code at {code} has changed" in said


def test_a_changed_library_is_why(bench: Bench, jobs: dict[str, str]) -> None:
    put_wheel(bench, "2.0")
    status, said = reproduce(bench, jobs["library"])
    assert status == 1, said
    assert "different: libraries have changed (helper 1.0 → 2.0)" in said


def test_missing_code_is_why(bench: Bench, jobs: dict[str, str]) -> None:
    bench.s3.delete_object(Bucket=bench.bucket, Key=f"code/{jobs['gone']}/sourcedir.tar.gz")
    status, said = reproduce(bench, jobs["gone"])
    assert status == 1, said
    assert "not reproduced" in said
    assert f"the code at s3://e2e/code/{jobs['gone']}/sourcedir.tar.gz is missing" in said


def test_a_program_that_draws_a_seed_of_its_own(bench: Bench, jobs: dict[str, str]) -> None:
    status, said = reproduce(bench, jobs["chance"])
    assert status == 1, said
    assert "different: nothing that is recorded has changed, and no seed was given" in said


def test_other_bytes_and_the_same_metrics(bench: Bench, jobs: dict[str, str]) -> None:
    status, said = reproduce(bench, jobs["stamp"])
    assert status == 0, said
    assert "equal: the metrics are the same" in said
    assert "differs in made" in said
