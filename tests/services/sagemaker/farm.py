"""Workers for the runs of a FakeExecutor, and the smallest endpoint configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clary.runs.fake import FakeExecutor
from tests.support.images import XGBOOST
from tests.worker import FakeWorker, echo


class Farm:
    """Workers for the runs of a FakeExecutor."""

    def __init__(self, runs: FakeExecutor, folder: Path) -> None:
        self.runs = runs
        self.folder = folder
        self.workers: dict[str, FakeWorker] = {}

    def bring_up(self, reply: Any = echo) -> None:
        """Every run that has no worker yet gets one."""
        for run in list(self.runs.specs):
            if run not in self.workers and self.runs.inspect(run).phase == "preparing":
                folder = self.folder / str(len(self.workers))
                self.workers[run] = FakeWorker(folder, reply)
                self.runs.advance(run, sockets={"algo-1": str(folder)})

    def kill(self, run: str) -> None:
        self.workers[run].close()
        self.runs.finish(run, code=-9)

    def close(self) -> None:
        for run, worker in self.workers.items():
            if self.runs.inspect(run).phase == "running":
                worker.close()


def make_config(sm: Any, role: str, name: str, **variant: Any) -> None:
    if not sm.list_models(NameContains="m")["Models"]:
        container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
        sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    base = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[{**base, **variant}])


def status(sm: Any, name: str = "e") -> str:
    return sm.describe_endpoint(EndpointName=name)["EndpointStatus"]
