"""AWS's JSON schema of model cards
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.services.sagemaker.model_cards.content import PACKAGE_CARD, require, sanitized
from tests.services.sagemaker.model_cards.content import FULL, text


def problem(**content: Any) -> str:
    with pytest.raises(AwsError) as caught:
        require(text(**content))
    assert caught.value.code == "ValidationException"
    return caught.value.message


def measured(**metric: Any) -> dict[str, Any]:
    group = {"name": "g", "metric_data": [{"name": "m", **metric}]}
    return {"evaluation_details": [{"name": "e", "metric_groups": [group]}]}


def trained(**details: Any) -> dict[str, Any]:
    return {"training_details": {"training_job_details": details}}


def test_a_full_card_and_an_empty_one() -> None:
    assert require(json.dumps(FULL)) == FULL
    assert require("{}") == {}


@pytest.mark.parametrize("other", ["", "no JSON", "[]", "null", "1", '{"a": NaN}', "[" * 100_000])
def test_what_is_no_object_is_refused(other: str) -> None:
    for shape in (PACKAGE_CARD, None):
        with pytest.raises(AwsError, match=r"not valid JSON|expected type: JSONObject"):
            require(other, shape) if shape else require(other)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"unknown": 1}, "#: extraneous key [unknown] is not permitted"),
        ({"model_overview": []}, "#/model_overview: expected type: JSONObject, found: JSONArray"),
        ({"model_overview": {"model_version": 0}}, "#/model_overview/model_version: 0 is less than 1"),
        ({"model_overview": {"model_version": True}}, "expected type: Number, found: Boolean"),
        ({"model_overview": {"model_id": "m" * 1025}}, "expected at most 1024 characters, found 1025"),
        (
            {"model_overview": {"model_artifact": [1]}},
            "#/model_overview/model_artifact/0: expected type: String",
        ),
        ({"intended_uses": {"risk_rating": "Severe"}}, "Severe is not one of High, Medium, Low, Unknown"),
        ({"intended_uses": {"purpose_of_model": None}}, "expected type: String, found: Null"),
        ({"evaluation_details": [{}]}, "#/evaluation_details/0: required key [name] not found"),
        ({"evaluation_details": [{"name": ""}]}, "expected at least 1 characters, found 0"),
        (measured(type="number", value=[]), "expected type: Boolean, found: JSONArray"),
        (measured(type="string", value="s" * 64), "expected type: Boolean, found: String"),
        (measured(type="pie", value=1), "required key [type] is not one of number, string"),
        (measured(type=["number"], value=1), "required key [type] is not one of"),
        (measured(value=1), "required key [type] is not one of"),
        (measured(type="linear_graph", value=[[1]]), "expected at least 2 items, found 1"),
        (measured(type="matrix", value=[[1] * 21]), "expected at most 20 items, found 21"),
        (measured(type="bar_chart", value=[]), "expected at least 1 items, found 0"),
        (measured(type="number", value=1, colour="red"), "extraneous key [colour]"),
        (trained(hyper_parameters=[{"name": "a", "value": 1}]), "expected type: String, found: Number"),
        (trained(hyper_parameters=[{"value": "1"}]), "required key [name] not found"),
        ({"evaluation_details": [{"name": "e", "datasets": ["s"] * 11}]}, "expected at most 10 items"),
        ({"additional_information": {"custom_details": {"a": 1}}}, "expected type: String, found: Number"),
        ({"model_package_details": {"model_approval_status": "Maybe"}}, "Maybe is not one of Approved"),
        ({"model_package_details": {"inference_specification": {}}}, "required key [containers] not found"),
    ],
)
def test_what_the_schema_forbids(content: dict[str, Any], said: str) -> None:
    message = problem(**content)
    assert message.startswith("Model card content does not match the model card JSON schema: #")
    assert said in message


def test_what_draft_7_does_not_know_bounds_nothing() -> None:
    # sagemaker.model_card.ModelPackage of SDK v2 sends `"source_algorithms": []`; patterns are not anchored.
    content = {
        "evaluation_details": [{"name": "e" * 64}],
        "model_package_details": {"source_algorithms": []},
        "model_overview": {"model_artifact": ["s"] * 16},
    }
    assert require(json.dumps(content)) == content


def test_metadata_is_what_is_not_confidential() -> None:
    # DescribeModelCard, IncludedData: MetadataOnly
    assert json.loads(sanitized(json.dumps(FULL))) == {
        "model_overview": {"model_id": "m", "model_name": "churn"},
        "intended_uses": {"risk_rating": "Low"},
    }
    assert sanitized("{}") == "{}"
