"""The experiment, the trial and the components that an execution of a pipeline leaves
(https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.sagemaker.pipeline_bench import Bench, get, processing, training

DEFAULT = {"ExperimentName": get("Execution.PipelineName"), "TrialName": get("Execution.PipelineExecutionId")}


def executed(bench: Bench, **definition: Any) -> str:
    """The id of an execution with a training and a processing job, whose jobs were created."""
    bench.create(training("Train", bench.role), processing("Prepare", bench.role), **definition)
    arn = bench.start()
    bench.turn()
    return arn.rpartition("/")[2]


def names(bench: Bench, **query: Any) -> list[str]:
    found = bench.sm.list_trial_components(**query, SortBy="Name", SortOrder="Ascending")
    return [one["TrialComponentName"] for one in found["TrialComponentSummaries"]]


def test_what_the_sdk_asks_for_by_default(bench: Bench) -> None:
    execution = executed(bench, PipelineExperimentConfig=DEFAULT)
    assert bench.sm.describe_trial(TrialName=execution)["ExperimentName"] == "p"
    components = names(bench, TrialName=execution)
    assert len(components) == 2
    assert [one.endswith(("-aws-processing-job", "-aws-training-job")) for one in components] == [True, True]
    assert names(bench, ExperimentName="p") == components


def test_names_of_ones_own_may_be_there_already(bench: Bench) -> None:
    """ "If an experiment with that name exists, the pipeline-created run groups are added to the existing experiment.\""""
    bench.sm.create_experiment(ExperimentName="mine", Description="before")
    bench.sm.create_trial(ExperimentName="mine", TrialName="all")
    executed(bench, PipelineExperimentConfig={"ExperimentName": "mine", "TrialName": "all"})
    assert len(names(bench, TrialName="all")) == 2
    assert bench.sm.describe_experiment(ExperimentName="mine")["Description"] == "before"
    assert len(bench.sm.list_trials()["TrialSummaries"]) == 1


@pytest.mark.parametrize("config", [None, {"ExperimentName": "no_such_name", "TrialName": "t"}])
def test_a_pipeline_without_an_experiment(bench: Bench, config: Any) -> None:
    executed(bench, PipelineExperimentConfig=config)
    assert bench.sm.list_experiments()["ExperimentSummaries"] == []
    assert len(names(bench)) == 2


def test_a_job_in_a_pipeline_may_name_its_own_trial(bench: Bench) -> None:
    bench.sm.create_experiment(ExperimentName="mine")
    bench.sm.create_trial(ExperimentName="mine", TrialName="own")
    step = training("Train", bench.role, Arguments={"ExperimentConfig": {"TrialName": "own"}})
    bench.create(step, PipelineExperimentConfig=DEFAULT)
    execution = bench.start().rpartition("/")[2]
    bench.turn()
    assert len(names(bench, TrialName="own")) == 1
    assert names(bench, TrialName=execution) == []
