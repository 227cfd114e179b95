"""The request of the second run, and what cannot be run again."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from clary.cli.errors import CliError
from clary.cli.reproduce import rerun
from clary.cli.reproduce.clients import Clients
from clary.cli.reproduce.command import reproduce
from clary.cli.screen import Screen
from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


def test_the_same_request_under_another_name(clients: Clients, trained: Callable[..., str]) -> None:
    arn = trained(
        Environment={"A": "1"},
        CheckpointConfig={"S3Uri": "s3://bucket/checkpoints/"},
        Tags=[{"Key": "team", "Value": "x"}],
    )
    then = rerun.described(clients, "job-1")
    asked = rerun.request(clients, then, "job-1-again-1")
    for member in ("HyperParameters", "InputDataConfig", "ResourceConfig", "RoleArn", "Environment"):
        assert asked[member] == then[member]
    assert asked["TrainingJobName"] == "job-1-again-1"
    assert asked["Tags"] == [{"Key": "clary:reproduces", "Value": arn}]
    assert asked["CheckpointConfig"]["S3Uri"] == "s3://bucket/checkpoints/job-1-again-1"


def test_names_stay_valid() -> None:
    for name in ("j", "a" * 63, "a-" * 31 + "a"):
        again = rerun.again(name)
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", again)  # the model's pattern
        assert again != rerun.again(name)


def test_jobs_that_cannot_be_run_again(clients: Clients, role: str, trained: Callable[..., str]) -> None:
    clients.sagemaker.create_training_job(**training_request(role, "goes-on"))
    with pytest.raises(CliError, match="goes-on is InProgress; wait until it has ended"):
        rerun.described(clients, "goes-on")
    trained()
    clients.s3.delete_object(Bucket="bucket", Key="train/a.csv")
    with pytest.raises(CliError, match="the job cannot be run again: No S3 objects found"):
        rerun.run(clients, rerun.described(clients, "job-1"), Screen(io.StringIO()))


def test_an_interruption_stops_the_second_run(
    clients: Clients, trained: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rerun, "time", SimpleNamespace(sleep=interrupt))
    with pytest.raises(KeyboardInterrupt):
        rerun.run(clients, rerun.described(clients, "job-1"), Screen(io.StringIO()))
    (second,) = clients.sagemaker.list_training_jobs(NameContains="again")["TrainingJobSummaries"]
    assert second["TrainingJobStatus"] == "Stopping"


def test_a_second_run_that_fails(
    clients: Clients,
    trained: Callable[..., str],
    runs: FakeExecutor,
    controllers: Controllers,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained()
    patience = {"left": 20}

    def sleep(_: float) -> None:
        """Time passes: the run that goes on fails, and the controllers look."""
        patience["left"] -= 1
        assert patience["left"]
        for run in runs.specs:
            if runs.inspect(run).phase == "preparing":
                runs.finish(run, 1)
        turn(controllers, clock)

    monkeypatch.setattr(rerun, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr("clary.cli.reproduce.records._PATIENCE", 0.0)
    said = io.StringIO()
    assert reproduce(clients, "job-1", Screen(said)) == 1
    assert "not reproduced: the job has failed (AlgorithmError" in said.getvalue()
