"""docs/how-to/move-time.md as it is printed: an hourly schedule runs at once, on a platform of real processes whose other jobs
go on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import XGBOOST, Bench
from tests.support.live import make_role

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/move-time.md").read_text()
_CODE = re.compile(r"^```(python|text)\n(.*?)^```$", re.M | re.S)
_OURS = ("AWS_", "CLARY_", "PYTEST_")


@pytest.fixture
def scores(bench: Bench, model: str) -> str:
    """The endpoint that the page has, and its role."""
    bench.s3.create_bucket(Bucket="scores")
    role = make_role(bench.live, "ClaryExecutionRole")
    policy = "arn:aws:iam::aws:policy/CloudWatchFullAccess"
    bench.live.client("iam").attach_role_policy(RoleName="ClaryExecutionRole", PolicyArn=policy)
    container = {"Image": XGBOOST, "ModelDataUrl": model}
    bench.sm.create_model(ModelName="scores", ExecutionRoleArn=role, PrimaryContainer=container)
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://scores/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    assert bench.serve("scores", DataCaptureConfig=capture)["EndpointStatus"] == "InService"
    return "scores"


def test_an_hourly_schedule_runs_at_once(scores: str, bench: Bench, tmp_path: Path) -> None:
    blocks = _CODE.findall(PAGE)
    ((_, program),) = [block for block in blocks if block[0] == "python"]
    promised = blocks[-1][1]
    (tmp_path / "hourly.py").write_text(program)
    commands = Path(sys.executable).parent
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    env |= {"PATH": f"{commands}:{env['PATH']}", "CLARY_HOME": str(bench.live.home.path)}
    said = subprocess.run(
        ["clary", "run", "--", sys.executable, "hourly.py"],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert said.stdout.endswith(promised)
    assert re.search(r"^ahead     .*1h", said.stdout, re.M)
    bench.remove_endpoint("scores")
