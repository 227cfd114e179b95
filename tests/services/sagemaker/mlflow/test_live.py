"""MLflow's own server and unmodified client, with AWS's plugin (sagemaker-mlflow): what a job logs is there for everybody,
its artifacts are objects of the user's bucket, and all of it is there after a kill -9 of every process."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sdk import running
from tests.sdk.clients import ROOT, V3, python_of
from tests.support.live import Live, make_role, short_folder
from tests.support.live_jobs import put_script, script_job
from tests.support.principals import allow, policy
from tests.support.waiting import until

pytestmark = pytest.mark.slow
SCRIPT = running.SCRIPTS / "mlflow_client.py"
NAMED = {"TrackingServerName": "track"}


def _python() -> Path:
    """An interpreter with MLflow: that of the SageMaker SDK's third version, which brings both of MLflow's sides along."""
    made = ROOT / ".venv" / f"sdk-{V3.name}"
    there = any(made.glob("lib/python*/site-packages/sagemaker_mlflow-*.dist-info"))
    return made / "bin" / "python" if there and V3.variable not in os.environ else python_of(V3)


@pytest.fixture(scope="module")
def python() -> Path:
    return _python()


@pytest.fixture(scope="module")
def live(python: Path) -> Iterator[Live]:
    folder = short_folder()
    live = Live(folder / "home", env={"CLARY_MLFLOW_PYTHON": str(python)}).start()
    yield live
    live.clear()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def role(live: Live) -> str:
    role = make_role(live)
    document = policy(allow(["sagemaker-mlflow:*", "sagemaker:*"]))
    live.client("iam").put_role_policy(RoleName="Jobs", PolicyName="mlflow", PolicyDocument=document)
    live.client("s3").create_bucket(Bucket="data")
    return role


def status(live: Live) -> str:
    return live.client("sagemaker").describe_mlflow_tracking_server(**NAMED)["TrackingServerStatus"]


def test_a_job_logs_and_what_it_logged_outlives_every_process(live: Live, role: str, python: Path) -> None:
    sm = live.client("sagemaker")
    arn = sm.create_mlflow_tracking_server(
        **NAMED, ArtifactStoreUri="s3://data/mlflow", RoleArn=role, AutomaticModelRegistration=True
    )["TrackingServerArn"]
    until(lambda: status(live) in ("Created", "CreateFailed"), 120)
    assert status(live) == "Created", live.said()
    _run_in_a_job(live, role, arn, python)
    _check_registry_and_bucket(live)
    _kill_everything(live)
    live.start()
    said = running.run(live, "env", f"MLFLOW_TRACKING_URI={arn}", python, SCRIPT, "second")
    assert "PASS" in said
    assert status(live) == "Created"


def _run_in_a_job(live: Live, role: str, arn: str, python: Path) -> None:
    """The script of a training job calls the interpreter that has the client, as if the job had installed it."""
    code = SCRIPT.read_text()
    script = f"import subprocess, sys\nsys.exit(subprocess.run([{str(python)!r}, '-c', {code!r}, 'first']).returncode)\n"
    put_script(live, script)
    job = script_job(role, "logs", Environment={"MLFLOW_TRACKING_URI": arn})
    live.client("sagemaker").create_training_job(**job)

    def ended() -> dict[str, Any] | None:
        found = live.client("sagemaker").describe_training_job(TrainingJobName="logs")
        return found if found["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

    found = until(ended, 120)
    assert found is not None
    assert found["TrainingJobStatus"] == "Completed", (found.get("FailureReason"), _log_of(live))


def _log_of(live: Live) -> list[str]:
    events = live.client("logs").filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs")["events"]
    return [event["message"] for event in events][-20:]


def _check_registry_and_bucket(live: Live) -> None:
    sm = live.client("sagemaker")
    (group,) = sm.list_model_package_groups()["ModelPackageGroupSummaryList"]
    name = group["ModelPackageGroupName"]
    (summary,) = sm.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]
    package = sm.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
    assert package["SourceUri"].startswith("s3://data/mlflow/1/")
    assert package["ModelLifeCycle"] == {"Stage": "staging", "StageStatus": "pending"}
    keys = [
        one["Key"] for one in live.client("s3").list_objects_v2(Bucket="data", Prefix="mlflow/")["Contents"]
    ]
    assert [key.rpartition("/")[2] for key in keys] == ["notes.txt"]


def _kill_everything(live: Live) -> None:
    while found := live.pids():
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
