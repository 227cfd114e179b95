"""Search picks by SQL and decides in Python: the two must agree, and pages must not lose anything between them.

What an expression means is tested with the registry and with training jobs
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SearchExpression.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform
from clary.plane.nouns import operations
from clary.plane.nouns.documents import split
from clary.services.sagemaker.registry import packages
from clary.services.sagemaker.search.match import matches
from clary.services.sagemaker.search.query import DERIVED
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Record, Tx
from tests.support.sagemaker_requests import training_request

SCOPE = "111122223333/us-east-1"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def job(n: int, **doc: Any) -> Record:
    whole: dict[str, Any] = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::111122223333:role/R",
        "HyperParameters": {},
        "EnableNetworkIsolation": n % 2 == 0,
        **doc,
    }
    name = f"job-{n}"
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{name}"
    status = ("Completed", "Failed", "InProgress")[n % 3]
    kind = sagemaker.kind("TrainingJob")
    parts = split(whole, operations.asked(sagemaker.model, "TrainingJob"))
    return Record(kind, SCOPE, name, arn, status, parts, created=1e9 + n, modified=1e9 + n * 7 % 5)


JOBS = [
    job(0, HyperParameters={"eta": "0.1", "a.b": "x", "word": "Zebra"}, BillableTimeInSeconds=10),
    job(1, HyperParameters={"eta": "0.5", "word": "apple"}, BillableTimeInSeconds=9),
    job(2, HyperParameters={"eta": "high", "quote": 'say "é"\n'}, FailureReason="ClientError: É was there"),
    job(
        3, HyperParameters={"eta": "1e3"}, InputDataConfig=[{"ChannelName": "train"}, {"ChannelName": "test"}]
    ),
    job(
        4,
        InputDataConfig=[{"ChannelName": 'a"b', "ContentType": "text/CSV"}],
        OutputDataConfig={"S3OutputPath": "s3://b/o"},
    ),
    job(5, _metrics={"validation:auc": {"MetricName": "validation:auc", "Value": 0.75, "Timestamp": 1.0}}),
    job(6, _metrics={"auc": {"MetricName": "auc", "Value": 2, "Timestamp": 1.0}}, FailureReason="true"),
    job(7, FailureReason="2026-01-01"),
]
TAGS = {
    "job-0": {"team": "x", "n": "1"},
    "job-1": {"team": "X y", "n": "1.0"},
    "job-2": {"a b": "é"},
    "job-7": {"team": ""},
}
FILTERS = [
    ("TrainingJobName", "Equals", "job-3"),
    ("TrainingJobName", "NotEquals", "job-3"),
    ("TrainingJobName", "Contains", "JOB-"),
    ("TrainingJobName", "Contains", "3"),
    ("TrainingJobName", "In", "job-1,job-2,none"),
    ("TrainingJobName", "GreaterThan", "job-4"),
    ("TrainingJobName", "Equals", "3"),
    ("TrainingJobName", "Exists", "x"),
    ("TrainingJobArn", "Contains", "training-job/job-5"),
    ("TrainingJobStatus", "Equals", "Failed"),
    ("TrainingJobStatus", "In", "Failed,InProgress"),
    ("CreationTime", "GreaterThan", "1000000003"),
    ("CreationTime", "LessThanOrEqualTo", "2001-09-09T01:46:42Z"),
    ("CreationTime", "Contains", "5"),
    ("LastModifiedTime", "Equals", "1000000001"),
    ("LastModifiedTime", "NotEquals", "1000000001"),
    ("HyperParameters.eta", "GreaterThan", "0.3"),
    ("HyperParameters.eta", "Equals", "0.50"),
    ("HyperParameters.eta", "Equals", "high"),
    ("HyperParameters.eta", "NotEquals", "0.5"),
    ("HyperParameters.eta", "LessThan", "zzz"),
    ("HyperParameters.eta", "NotExists", "x"),
    ("HyperParameters.a.b", "Equals", "x"),
    ("HyperParameters.a.b", "Contains", "X"),
    ("HyperParameters.word", "GreaterThan", "a"),
    ("HyperParameters.quote", "Contains", '"é"'),
    ("BillableTimeInSeconds", "GreaterThanOrEqualTo", "9.5"),
    ("BillableTimeInSeconds", "NotEquals", "9"),
    ("BillableTimeInSeconds", "Contains", "1"),
    ("EnableNetworkIsolation", "Equals", "True"),
    ("EnableNetworkIsolation", "NotEquals", "true"),
    ("EnableNetworkIsolation", "Equals", "yes"),
    ("FailureReason", "Contains", "É was"),
    ("FailureReason", "Contains", "clienterror"),
    ("FailureReason", "Equals", "true"),
    ("FailureReason", "Equals", "2026-01-01T00:00:00Z"),
    ("FailureReason", "Exists", "x"),
    ("AlgorithmSpecification.TrainingImage", "Contains", "xgboost"),
    ("AlgorithmSpecification.MetricDefinitions", "Exists", "x"),
    ("OutputDataConfig.S3OutputPath", "Equals", "s3://b/o"),
    ("InputDataConfig.ChannelName", "Equals", "train"),
    ("Metrics.validation:auc", "GreaterThan", "0.7"),
    ("Metrics.auc", "GreaterThan", "1"),
    ("Metrics.auc", "NotEquals", "2"),
    ("NoSuchMember", "Equals", "x"),
    ("NoSuchMember", "NotEquals", "x"),
    ("No Such 'Member\"", "Equals", "x"),
    ("Tags.team", "Equals", "x"),
    ("Tags.team", "NotEquals", "x"),
    ("Tags.team", "Contains", "x"),
    ("Tags.team", "In", "x,X y"),
    ("Tags.team", "Exists", "x"),
    ("Tags.team", "NotExists", "x"),
    ("Tags.team", "GreaterThan", "Y"),
    ("Tags.n", "Equals", "1"),
    ("Tags.n", "NotEquals", "1.00"),
    ("Tags.a b", "Equals", "é"),
]
# How numbers, and what looks like them, may be written; the value of a hyperparameter and of a tag.
WRITTEN = ["7", "07.0", ".5", "7.", ".", "", "1.2.3", "-7", "+7", " 7", "7e0", "1_0", "٧", "0x7", "inf", "nan",
           "2026-01-01", "12345678901234567890", "0.1234567890123456789", "7 apples", "9007199254740993"]  # fmt: skip
NUMBERS = [
    "7",
    "7.0",
    "0.5",
    "-7",
    "1e1",
    "1.2",
    "0",
    "inf",
    "nan",
    "2026-01-01",
    "12345678901234567890",
    "9007199254740993",
]


@pytest.fixture
def jobs(platform: Platform) -> Platform:
    with platform.store.write() as tx:
        for one in JOBS:
            tx.insert(one)
            tx.tag(one.arn, TAGS.get(one.id, {}))
    return platform


def one(name: str, operator: str, value: str) -> dict[str, str]:
    return {"Name": name, "Operator": operator, "Value": value}


def searched(sm: Any, **expression: Any) -> list[str]:
    results = sm.search(Resource="TrainingJob", SearchExpression=expression, MaxResults=100)["Results"]
    return sorted(result["TrainingJob"]["TrainingJobName"] for result in results)


def expected(platform: Platform, expression: dict[str, Any]) -> list[str]:
    """By looking at each record, as Describe shows it and with its tags."""
    noun = sagemaker.nouns["TrainingJob"]
    with platform.store.read() as tx:
        shown = [{**noun.describe(record), "Tags": _tags(tx, record)} for record in tx.list(noun.kind, SCOPE)]
    return sorted(one["TrainingJobName"] for one in shown if matches(one, expression))


def _tags(tx: Tx, record: Record) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tx.tags(record.arn).items()]


@pytest.mark.parametrize("filter", FILTERS, ids=" ".join)
def test_a_filter_finds_what_looking_at_each_record_finds(
    jobs: Platform, sm: Any, filter: tuple[str, str, str]
) -> None:
    expression = {"Filters": [one(*filter)]}
    assert searched(sm, **expression) == expected(jobs, expression)


@pytest.mark.parametrize(
    "operator", ["Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "NotEquals"]
)
def test_numbers_are_found_however_they_are_written(platform: Platform, sm: Any, operator: str) -> None:
    """Hyperparameters and tags are texts. The store leaves out what it is sure of, and no more."""
    with platform.store.write() as tx:
        for n, text in enumerate(WRITTEN):
            record = tx.insert(job(n, HyperParameters={"depth": text}))
            tx.tag(record.arn, {"depth": text})
    for number in NUMBERS:
        for name in ("HyperParameters.depth", "Tags.depth"):
            expression = {"Filters": [one(name, operator, number)]}
            assert searched(sm, **expression) == expected(platform, expression), (name, number)


def _joined() -> Iterator[dict[str, Any]]:
    def entry(name: str, operator: str, value: str) -> dict[str, Any]:
        return {
            "NestedPropertyName": "InputDataConfig",
            "Filters": [one(f"InputDataConfig.{name}", operator, value)],
        }

    for operator in ("And", "Or"):
        for n in range(0, len(FILTERS) - 2, 3):
            yield {"Operator": operator, "Filters": [one(*filter) for filter in FILTERS[n : n + 3]]}
        subs = [{"Filters": [one(*FILTERS[n])], "Operator": "Or"} for n in (0, 9)]
        yield {"Operator": operator, "SubExpressions": [*subs, {"SubExpressions": subs}]}
        yield {
            "Operator": operator,
            "Filters": [one(*FILTERS[0])],
            "SubExpressions": [{"Filters": [one(*FILTERS[16])]}],
        }
        for nested in (
            entry("ChannelName", "Equals", "train"),
            entry("ChannelName", "Equals", 'a"b'),
            entry("ChannelName", "NotEquals", "train"),
            entry("ContentType", "Contains", "csv"),
            entry("ContentType", "Exists", "x"),
            entry("NoSuch.Thing", "Equals", "x"),
        ):
            yield {"Operator": operator, "NestedFilters": [nested], "Filters": [one(*FILTERS[9])]}


@pytest.mark.parametrize("expression", list(_joined()))
def test_so_does_an_expression(jobs: Platform, sm: Any, expression: dict[str, Any]) -> None:
    assert searched(sm, **expression) == expected(jobs, expression)


def test_a_number_is_not_compared_with_a_text(jobs: Platform, sm: Any) -> None:
    for member in ("BillableTimeInSeconds", "CreationTime"):
        with pytest.raises(ClientError, match="abc is not a number"):
            searched(sm, Filters=[one(member, "Equals", "abc")])


def test_results_show_their_tags(jobs: Platform, sm: Any) -> None:
    for filter in (one("TrainingJobName", "Equals", "job-0"), one("Tags.team", "Equals", "x")):
        (result,) = sm.search(Resource="TrainingJob", SearchExpression={"Filters": [filter]})["Results"]
        assert result["TrainingJob"]["Tags"] == [{"Key": "n", "Value": "1"}, {"Key": "team", "Value": "x"}]


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize(
    ("path", "key"),
    [
        (None, lambda job: (job.modified, job.id)),
        ("CreationTime", lambda job: (job.created, job.id)),
        ("TrainingJobName", lambda job: job.id),
        ("TrainingJobStatus", lambda job: (job.status, job.id)),
    ],
)
def test_pages_are_in_order_and_whole(
    jobs: Platform, sm: Any, path: str | None, key: Any, order: str
) -> None:
    more = {"SortBy": path} if path else {}
    condition = {"Filters": [one("HyperParameters.a.b", "NotExists", "x")]}  # what SQL does not say
    pages = sm.get_paginator("search").paginate(
        Resource="TrainingJob",
        SearchExpression=condition,
        SortOrder=order,
        PaginationConfig={"PageSize": 2},
        **more,
    )
    found = [result["TrainingJob"]["TrainingJobName"] for page in pages for result in page["Results"]]
    assert found == [job.id for job in sorted(JOBS[1:], key=key, reverse=order == "Descending")]


def test_pages_by_another_member(jobs: Platform, sm: Any) -> None:
    pages = sm.get_paginator("search").paginate(
        Resource="TrainingJob", SortBy="Metrics.auc", PaginationConfig={"PageSize": 3}
    )
    found = [result["TrainingJob"]["TrainingJobName"] for page in pages for result in page["Results"]]
    assert (found[0], sorted(found)) == ("job-6", [job.id for job in JOBS])


def test_a_token_of_another_order_is_refused(jobs: Platform, sm: Any) -> None:
    first = sm.search(Resource="TrainingJob", MaxResults=1)
    for sort in ("CreationTime", "Metrics.auc"):
        with pytest.raises(ClientError, match="Invalid pagination token"):
            sm.search(Resource="TrainingJob", MaxResults=1, SortBy=sort, NextToken=first["NextToken"])
    offset = sm.search(Resource="TrainingJob", MaxResults=1, SortBy="Metrics.auc")["NextToken"]
    with pytest.raises(ClientError, match="Invalid pagination token"):
        sm.search(Resource="TrainingJob", MaxResults=1, NextToken=offset)


def test_what_describe_makes_up_is_known() -> None:
    """A member that a view overrides must not be looked for as it is stored."""
    for noun, made_up in {
        "TrainingJob": sagemaker.nouns["TrainingJob"].hooks.detail(JOBS[0]),
        "ModelPackage": packages.VERSION.hooks.view(
            Record("k", SCOPE, "g/1", doc={"spec": {"ModelPackageGroupName": "g"}})
        ),
    }.items():
        plain = {path.partition(".")[0] for path in DERIVED[noun]}
        columns = {f"{noun}Arn", f"{noun}Status", "CreationTime", "LastModifiedTime", "ModelPackageGroupName"}
        assert made_up.keys() <= plain | columns


def test_search_finds_by_name_status_and_tag(sm: Any, role: str) -> None:
    sm.create_training_job(**training_request(role, name="a-1", Tags=[{"Key": "k", "Value": "v"}]))
    sm.create_training_job(**training_request(role, name="b-2"))

    def names(*filters: dict[str, str]) -> list[str]:
        found = sm.search(Resource="TrainingJob", SearchExpression={"Filters": list(filters)})["Results"]
        return sorted(result["TrainingJob"]["TrainingJobName"] for result in found)

    assert names({"Name": "TrainingJobName", "Operator": "Contains", "Value": "a-"}) == ["a-1"]
    assert names({"Name": "TrainingJobStatus", "Operator": "Equals", "Value": "InProgress"}) == ["a-1", "b-2"]
    assert names({"Name": "Tags.k", "Operator": "Equals", "Value": "v"}) == ["a-1"]
    assert names({"Name": "Tags.k", "Operator": "NotExists"}) == ["b-2"]
