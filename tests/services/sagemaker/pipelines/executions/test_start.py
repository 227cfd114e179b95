"""StartPipelineExecution, and what is shown of executions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT
from tests.services.sagemaker.pipeline_bench import Bench, definition, fail, get

PARAMETERS: dict[str, Any] = {
    "Parameters": [
        {"Name": "Text", "Type": "String", "DefaultValue": "a"},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 2},
        {"Name": "Rate", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Really", "Type": "Boolean", "DefaultValue": False},
    ]
}


@pytest.fixture
def pipeline(bench: Bench) -> str:
    return bench.create(fail("Stop", get("Parameters.Text")), **PARAMETERS)


def test_what_an_execution_shows(bench: Bench, pipeline: str) -> None:
    arn = bench.start(PipelineExecutionDescription="about it", PipelineExecutionDisplayName="one")
    shown = bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert arn.startswith(f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/p/execution/")
    assert len(arn.rpartition("/")[2]) == 12
    assert shown["PipelineArn"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/p"
    assert (shown["PipelineExecutionDisplayName"], shown["PipelineExecutionDescription"]) == (
        "one",
        "about it",
    )
    assert shown["PipelineExecutionStatus"] == "Executing"
    assert shown["CreatedBy"]["IamIdentity"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    (summary,) = bench.sm.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    assert (summary["PipelineExecutionArn"], summary["StartTime"]) == (arn, shown["CreationTime"])


def test_parameters_are_bound_and_shown(bench: Bench, pipeline: str) -> None:
    arn = bench.start(given={"Text": "b", "Count": "7"})
    found = bench.sm.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {one["Name"]: one["Value"] for one in found} == {
        "Text": "b",
        "Count": "7",
        "Rate": "0.5",
        "Really": "false",
    }
    page = bench.sm.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn, MaxResults=3)
    rest = bench.sm.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=arn, NextToken=page["NextToken"]
    )
    assert page["PipelineParameters"] + rest["PipelineParameters"] == found
    bench.turn()
    assert bench.steps(arn)["Stop"]["FailureReason"] == "b"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("Nobody", "1")], "Unknown parameter 'Nobody'"),
        ([("Count", "many")], "Unexpected type for parameter 'Count'"),
        ([("Count", "1"), ("Count", "2")], "must not contain a parameter twice"),
    ],
)
def test_parameters_that_are_refused(
    bench: Bench, pipeline: str, given: list[tuple[str, str]], said: str
) -> None:
    values = [{"Name": name, "Value": value} for name, value in given]
    with pytest.raises(ClientError, match=said):
        bench.sm.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=values)
    assert bench.sm.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"] == []


def test_executions_are_searched(bench: Bench, pipeline: str) -> None:
    first = bench.start(given={"Text": "b"})
    bench.turn()
    bench.start()
    held = {"Filters": [{"Name": "PipelineExecutionStatus", "Operator": "Equals", "Value": "Failed"}]}
    (found,) = bench.sm.search(Resource="PipelineExecution", SearchExpression=held)["Results"]
    shown = found["PipelineExecution"]
    assert shown["PipelineExecutionArn"] == first
    assert {"Name": "Text", "Value": "b"} in shown["PipelineParameters"]


def test_one_token_starts_one_execution(bench: Bench, pipeline: str) -> None:
    first, second = (bench.start(ClientRequestToken="t" * 32) for _ in range(2))
    assert first == second


def test_a_pipeline_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(bench.sm.exceptions.ResourceNotFound):
        bench.start(name="nobody")
    with pytest.raises(bench.sm.exceptions.ResourceNotFound):
        bench.sm.list_pipeline_executions(PipelineName="nobody")


@pytest.mark.parametrize("name", ["p", "other"])
def test_an_execution_that_is_not_there(bench: Bench, pipeline: str, name: str) -> None:
    """Its id alone does not name it: the pipeline in the ARN counts too."""
    made = bench.start()
    id = made.rpartition("/")[2] if name == "other" else "0" * 12
    missing = {"PipelineExecutionArn": f"{made.partition('/')[0]}/{name}/execution/{id}"}
    for call in ("describe_pipeline_execution", "list_pipeline_execution_steps", "stop_pipeline_execution"):
        with pytest.raises(bench.sm.exceptions.ResourceNotFound):
            getattr(bench.sm, call)(**missing)


def test_a_role_of_the_execution_must_be_passed(bench: Bench, pipeline: str) -> None:
    with pytest.raises(ClientError, match="Could not assume role"):
        bench.start(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody")
    arn = bench.start(RoleArn=bench.role)
    assert bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)["RoleArn"] == bench.role


def test_the_definition_of_an_execution_stays(bench: Bench, pipeline: str) -> None:
    arn = bench.start()
    before = bench.sm.describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
    bench.sm.update_pipeline(PipelineName=pipeline, PipelineDefinition=definition(fail("Other")))
    shown = bench.sm.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert json.loads(shown["PipelineDefinition"]) == json.loads(before)
    bench.turn()
    assert set(bench.steps(arn)) == {"Stop"}
    assert set(bench.steps(bench_next(bench))) == {"Other"}


def bench_next(bench: Bench) -> str:
    arn = bench.start()
    bench.turn()
    return arn


def test_names_of_an_execution_are_changed(bench: Bench, pipeline: str) -> None:
    arn = bench.start()
    bench.turn()
    bench.sm.update_pipeline_execution(
        PipelineExecutionArn=arn, PipelineExecutionDisplayName="two", PipelineExecutionDescription="other"
    )
    shown = bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (shown["PipelineExecutionDisplayName"], shown["PipelineExecutionStatus"]) == ("two", "Failed")


def test_the_experiment_of_a_pipeline(bench: Bench) -> None:
    names = {
        "ExperimentName": get("Execution.PipelineName"),
        "TrialName": get("Execution.PipelineExecutionId"),
    }
    arn = bench.start(fail("Stop"), members={"PipelineExperimentConfig": names})
    shown = bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert shown["PipelineExperimentConfig"] == {"ExperimentName": "p", "TrialName": arn.rpartition("/")[2]}


class TestPages:
    @pytest.fixture
    def many(self, bench: Bench, pipeline: str) -> list[str]:
        found = []
        for _ in range(5):
            found.append(bench.start())
            bench.clock.advance(1)
        return found

    def test_executions_are_shown_page_by_page(self, bench: Bench, many: list[str]) -> None:
        pages = bench.sm.get_paginator("list_pipeline_executions").paginate(
            PipelineName="p", PaginationConfig={"PageSize": 2}
        )
        found = [one["PipelineExecutionArn"] for page in pages for one in page["PipelineExecutionSummaries"]]
        assert found == many[::-1]

    def test_they_are_filtered_and_sorted(self, bench: Bench, many: list[str]) -> None:
        middle = bench.sm.describe_pipeline_execution(PipelineExecutionArn=many[2])["CreationTime"]

        def listed(**asked: Any) -> list[str]:
            found = bench.sm.list_pipeline_executions(PipelineName="p", **asked)["PipelineExecutionSummaries"]
            return [one["PipelineExecutionArn"] for one in found]

        assert listed(CreatedAfter=middle, SortOrder="Ascending") == many[3:]
        assert listed(CreatedBefore=middle) == many[1::-1]
        assert listed(SortBy="PipelineExecutionArn", SortOrder="Ascending") == sorted(many)

    def test_steps_are_shown_page_by_page(self, bench: Bench) -> None:
        gates = [
            {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [ALWAYS]}} for name in "abcde"
        ]
        arn = bench.start(*gates, name="q")
        bench.turn()
        pages = bench.sm.get_paginator("list_pipeline_execution_steps").paginate(
            PipelineExecutionArn=arn, SortOrder="Ascending", PaginationConfig={"PageSize": 2}
        )
        found = [one["StepName"] for page in pages for one in page["PipelineExecutionSteps"]]
        assert found == list("abcde")


ALWAYS = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


def test_a_token_of_a_callback_is_unknown(bench: Bench) -> None:
    with pytest.raises(bench.sm.exceptions.ResourceNotFound):
        bench.sm.send_pipeline_execution_step_success(CallbackToken="abcdefghij")
    with pytest.raises(bench.sm.exceptions.ResourceNotFound):
        bench.sm.send_pipeline_execution_step_failure(CallbackToken="abcdefghij", FailureReason="no")
