"""Runs that ask for the keys that they are lent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel import FakeClock
from clary.runs.api import RunSpec
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm, status
from tests.support.images import XGBOOST
from tests.support.principals import ACCOUNT
from tests.support.turns import turn

Client = Callable[..., Any]
Open = Callable[[RunSpec], tuple[int, str]]


def arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def make_model(sm: Any, name: str, role: str) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)


def configure(sm: Any, name: str, *models: str, count: int = 1, **more: Any) -> None:
    """A configuration with a variant of its model's name for each model."""
    variants = [
        {"VariantName": one, "ModelName": one, "InstanceType": "ml.m5.large", "InitialInstanceCount": count}
        for one in models
    ]
    sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **more)


class Hosting:
    """An endpoint `e`, moved turn by turn."""

    def __init__(
        self, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm, runs: FakeExecutor
    ) -> None:
        self.sm, self.controllers, self.clock, self.farm, self.runs = sm, controllers, clock, farm, runs

    def create(self, config: str) -> None:
        self.sm.create_endpoint(EndpointName="e", EndpointConfigName=config)
        self.turn()

    def update(self, config: str) -> None:
        self.sm.update_endpoint(EndpointName="e", EndpointConfigName=config)
        self.turn()

    def turn(self, times: int = 2, seconds: float = 0.1) -> None:
        turn(self.controllers, self.clock, times, seconds)

    def in_service(self) -> None:
        self.farm.bring_up()
        self.turn()
        assert status(self.sm) == "InService"

    def specs(self, generation: int, variant: str) -> list[RunSpec]:
        part = f"-g{generation}-{variant}-"
        return [spec for run, spec in self.runs.specs.items() if part in run]

    def finish(self, spec: RunSpec) -> None:
        run = next(run for run, known in self.runs.specs.items() if known is spec)
        self.runs.finish(run, code=-15, reason="stopped")
