"""Experiments, trials and trial components."""

from __future__ import annotations

from typing import Any

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import Make, made, plus, shared
from tests.security.matrix.world import MARKER, World

ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:experiment-trial-component"
_TAGS = [{"Key": "note", "Value": MARKER}]


def fresh(member: str) -> Make:
    return lambda w: {member: w.fresh("entity")}


experiment = made(
    "create_experiment", fresh("ExperimentName"), "ExperimentName", Description=MARKER, Tags=_TAGS
)
an_experiment = shared("experiment", experiment)
trial = made("create_trial", lambda w: _trial(w), "TrialName", DisplayName=MARKER, Tags=_TAGS)
a_trial = shared("trial", trial)
component = made(
    "create_trial_component",
    fresh("TrialComponentName"),
    "TrialComponentName",
    Parameters={"note": {"StringValue": MARKER}},
    Tags=_TAGS,
)
a_component = shared("component", component)


def _trial(w: World) -> Params:
    return {"TrialName": w.fresh("trial"), **an_experiment(w)}


def _apart(w: World) -> Params:
    return {**a_trial(w), **component(w)}


def _together(w: World) -> Params:
    both = _apart(w)
    w.client("sagemaker").associate_trial_component(**both)
    return both


def _own(**params: Any) -> Make:
    return lambda w: params


_MISSING, _OWN = Outcome.MISSING, Outcome.OWN

CASES = {
    "AssociateTrialComponent": Case(_apart, _MISSING),
    "CreateExperiment": Case(fresh("ExperimentName"), _OWN),
    "CreateTrial": Case(_trial, _MISSING),
    "CreateTrialComponent": Case(fresh("TrialComponentName"), _OWN),
    "DeleteExperiment": Case(experiment, _MISSING),
    "DeleteTrial": Case(trial, _MISSING),
    "DeleteTrialComponent": Case(component, _MISSING),
    "DescribeExperiment": Case(an_experiment, _MISSING),
    "DescribeTrial": Case(a_trial, _MISSING),
    "DescribeTrialComponent": Case(a_component, _MISSING),
    "DisassociateTrialComponent": Case(_together, _MISSING),
    "ListExperiments": Case(_own(), _OWN),
    "ListTrialComponents": Case(_own(), _OWN),
    "ListTrials": Case(_own(), _OWN),
    "UpdateExperiment": Case(plus(experiment, DisplayName="b"), _MISSING),
    "UpdateTrial": Case(plus(trial, DisplayName="b"), _MISSING),
    "UpdateTrialComponent": Case(plus(component, DisplayName="b"), _MISSING),
}
