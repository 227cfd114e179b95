"""ListHyperParameterTuningJobs, ListTrainingJobsForHyperParameterTuningJob and Search."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.sagemaker.tuning.lab import Lab, tuning_request


def run(lab: Lab, role: str) -> None:
    """Six training jobs: the third fails, the fifth has no value."""

    def program(values: dict[str, str]) -> list[float] | int:
        number = len(lab.started)
        return 1 if number == 3 else [] if number == 5 else [float(10 - number)]

    lab.run(tuning_request(role, most=6), program)


def test_training_jobs_of_a_tuning_job(lab: Lab, sm: Any, role: str) -> None:
    sm.create_training_job  # noqa: B018  (others of the account are not listed)
    run(lab, role)
    names = [one["TrainingJobName"] for one in lab.children()]
    assert names == sorted(names)
    assert len(names) == 6
    assert lab.children(MaxResults=1) == lab.children()
    down = lab.children(SortBy="CreationTime", SortOrder="Descending", MaxResults=2)
    assert [one["TrainingJobName"] for one in down] == names[::-1]
    failed = lab.children(StatusEquals="Failed")
    assert [one["TrainingJobName"] for one in failed] == [names[2]]
    assert failed[0]["ObjectiveStatus"] == "Failed"
    by_status = [one["TrainingJobStatus"] for one in lab.children(SortBy="Status", MaxResults=4)]
    assert by_status == ["Completed"] * 5 + ["Failed"]


def test_training_jobs_by_their_objective(lab: Lab, role: str) -> None:
    # "any training jobs that did not return an objective metric are not listed" (API_ListTrainingJobsForHyperParameterTuningJob)
    run(lab, role)
    found = lab.children(SortBy="FinalObjectiveMetricValue", MaxResults=3)
    values = [one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for one in found]
    assert values == [4.0, 6.0, 8.0, 9.0]
    down = lab.children(SortBy="FinalObjectiveMetricValue", SortOrder="Descending", StatusEquals="Completed")
    assert [one["TrainingJobName"] for one in down] == [one["TrainingJobName"] for one in found][::-1]


def test_a_token_is_good_for_its_own_order(lab: Lab, sm: Any, role: str) -> None:
    run(lab, role)
    named = {"HyperParameterTuningJobName": "t", "MaxResults": 2}
    token = sm.list_training_jobs_for_hyper_parameter_tuning_job(**named)["NextToken"]
    with pytest.raises(ClientError, match="ValidationException"):
        sm.list_training_jobs_for_hyper_parameter_tuning_job(
            **named, SortBy="FinalObjectiveMetricValue", NextToken=token
        )


def test_a_tuning_job_that_is_not_there(sm: Any) -> None:
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="nothing")


def test_tuning_jobs(lab: Lab, sm: Any, role: str) -> None:
    lab.run(tuning_request(role, "first", most=1))
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, "second", most=2))
    found = sm.list_hyper_parameter_tuning_jobs(SortBy="Name", SortOrder="Ascending")
    first, second = found["HyperParameterTuningJobSummaries"]
    assert (first["HyperParameterTuningJobName"], first["Strategy"]) == ("first", "Random")
    assert first["ObjectiveStatusCounters"]["Succeeded"] == 1
    assert second["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1}
    (running,) = sm.list_hyper_parameter_tuning_jobs(StatusEquals="InProgress")[
        "HyperParameterTuningJobSummaries"
    ]
    assert running["HyperParameterTuningJobName"] == "second"


def test_search(lab: Lab, sm: Any, role: str) -> None:
    sm.create_hyper_parameter_tuning_job(
        **tuning_request(role, "tagged", most=1), Tags=[{"Key": "team", "Value": "a"}]
    )
    sm.create_hyper_parameter_tuning_job(**tuning_request(role, "other", most=1))
    lab.finish("tagged")
    lab.finish("other")
    found = sm.search(
        Resource="HyperParameterTuningJob",
        SearchExpression={"Filters": [{"Name": "Tags.team", "Operator": "Equals", "Value": "a"}]},
    )["Results"]
    (one,) = [result["HyperParameterTuningJob"] for result in found]
    assert (one["HyperParameterTuningJobName"], one["HyperParameterTuningJobStatus"]) == (
        "tagged",
        "Completed",
    )
    children = sm.search(
        Resource="TrainingJob",
        SearchExpression={
            "Filters": [
                {"Name": "TuningJobArn", "Operator": "Equals", "Value": one["HyperParameterTuningJobArn"]}
            ]
        },
    )["Results"]
    assert [result["TrainingJob"]["TrainingJobName"][:10] for result in children] == ["tagged-001"]
