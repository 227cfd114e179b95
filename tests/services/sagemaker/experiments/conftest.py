"""An experiment with a trial, and the endpoint for metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def mm(client: Callable[..., Any]) -> Any:
    return client("sagemaker-metrics")


@pytest.fixture
def trial(sm: Any) -> str:
    """The trial `t` of the experiment `e`."""
    sm.create_experiment(ExperimentName="e")
    sm.create_trial(ExperimentName="e", TrialName="t")
    return "t"


@pytest.fixture
def put(sm: Any) -> Callable[..., str]:
    """`put("c", "t", "u")`: a new component in these trials."""

    def make(name: str, *trials: str, **more: Any) -> str:
        sm.create_trial_component(TrialComponentName=name, **more)
        for trial in trials:
            sm.associate_trial_component(TrialName=trial, TrialComponentName=name)
        return name

    return make
