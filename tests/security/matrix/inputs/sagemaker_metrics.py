"""Metrics of trial components: names mean those of the caller's account, ARNs say whose they are."""

from __future__ import annotations

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import prepare
from tests.security.matrix.inputs.sagemaker.experiments import ARN, a_component
from tests.security.matrix.world import World

__all__ = ["CASES", "prepare"]


def _put(w: World) -> Params:
    datum = {"MetricName": "loss", "Timestamp": w.clock.now(), "Value": 1.0}
    return {**a_component(w), "MetricData": [datum]}


def _get(w: World) -> Params:
    query = {
        "MetricName": "loss",
        "ResourceArn": f"{ARN}/{a_component(w)['TrialComponentName']}",
        "MetricStat": "Last",
        "Period": "IterationNumber",
        "XAxisType": "IterationNumber",
    }
    return {"MetricQueries": [query]}


CASES = {
    "BatchPutMetrics": Case(_put, Outcome.MISSING),
    "BatchGetMetrics": Case(_get, Outcome.OWN),
}
