"""Conditions: how they are written, and when they hold."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import AwsError
from clary.services.sagemaker.pipelines.definition import Definition, bind, evaluate
from tests.services.sagemaker.pipelines.definition.making import (
    compare,
    fail,
    from_file,
    gate,
    get,
    parameter,
    parsed,
    processing,
    refusal,
    training,
)
from tests.services.sagemaker.pipelines.definition.values import Known

PARAMETERS = [
    parameter("Name", "String", "abc"),
    parameter("Count", "Integer", 3),
    parameter("Rate", "Float", 0.5),
    parameter("Flag", "Boolean", True),
]
NAME, COUNT, RATE, FLAG = (get(f"Parameters.{name}") for name in ("Name", "Count", "Rate", "Flag"))


def gated(*conditions: dict[str, Any]) -> Definition:
    return parsed(processing("Report"), gate("Gate", *conditions, then=[fail("No")]), parameters=PARAMETERS)


def holds(*conditions: dict[str, Any], report: Any = None) -> bool:
    definition = gated(*conditions)
    condition = definition.by_name["Gate"].condition
    assert condition is not None
    known = Known(parameters=bind(definition, {}), files={("Report", "Report"): report})
    return evaluate(condition, known, "step Gate, Arguments.Conditions")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (compare(NAME, "abc"), True),
        (compare(NAME, "abd"), False),
        (compare(COUNT, 3), True),
        (compare(COUNT, 3.0), True),
        (compare(FLAG, True), True),
        (compare(FLAG, 1), False),
        (compare(COUNT, "3"), False),
        (compare(NAME, "abc", "NotEquals"), False),
        (compare(COUNT, 2, "GreaterThan"), True),
        (compare(COUNT, 3, "GreaterThan"), False),
        (compare(COUNT, 3, "GreaterThanOrEqualTo"), True),
        (compare(RATE, COUNT, "LessThan"), True),
        (compare(RATE, 0.5, "LessThanOrEqualTo"), True),
        (compare(NAME, "abd", "LessThan"), True),
        ({"Type": "In", "QueryValue": NAME, "Values": ["x", "abc"]}, True),
        ({"Type": "In", "QueryValue": COUNT, "Values": [1, RATE]}, False),
        ({"Type": "In", "Value": NAME, "In": ["abc"]}, True),
        ({"Type": "NotIn", "Value": NAME, "In": ["abc"]}, False),
        ({"Type": "Not", "Condition": compare(NAME, "abc")}, False),
        ({"Type": "Or", "Conditions": [compare(NAME, "x"), compare(COUNT, 3)]}, True),
        ({"Type": "Or", "Conditions": [compare(NAME, "x"), compare(COUNT, 4)]}, False),
        (
            {
                "Type": "Not",
                "Condition": {"Type": "Or", "Conditions": [compare(NAME, "x"), compare(COUNT, 4)]},
            },
            True,
        ),
    ],
)
def test_when_they_hold(condition: dict[str, Any], expected: bool) -> None:
    assert holds(condition) is expected


def test_all_conditions_of_a_step_must_hold() -> None:
    assert holds(compare(NAME, "abc"), compare(COUNT, 3))
    assert not holds(compare(NAME, "abc"), compare(COUNT, 4))


def test_what_a_report_says() -> None:
    condition = compare(from_file("Report", "Report", "metrics.mse.value"), RATE, "LessThanOrEqualTo")
    assert holds(condition, report={"metrics": {"mse": {"value": 0.4}}})
    assert not holds(condition, report={"metrics": {"mse": {"value": 0.6}}})
    with pytest.raises(
        AwsError, match=r'LessThanOrEqualTo cannot compare "0\.4" \(String\) with 0\.5 \(Float\)'
    ):
        holds(condition, report={"metrics": {"mse": {"value": "0.4"}}})
    with pytest.raises(AwsError) as error:
        holds(condition, report={"metrics": {}})
    assert error.value.message == (
        "Steps.Report.PropertyFiles.Report has no value at metrics.mse.value (step Gate, Arguments.Conditions)."
    )


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"Type": "Equals"}, "Missing required property 'LeftValue'."),
        ({"LeftValue": 1, "RightValue": 1}, "Missing required property 'Type'."),
        ({"Type": "Same", "LeftValue": 1, "RightValue": 1}, "Unknown condition type 'Same'."),
        ({**compare(1, 1), "Other": 1}, "Cannot parse object, unknown property 'Other'."),
        # https://github.com/aws/sagemaker-python-sdk/issues/2746
        (
            {"Type": "Not", "Expression": compare(1, 1)},
            "Cannot parse object, unknown property 'Expression'.",
        ),
        ({"Type": "In", "QueryValue": 1, "Values": 1}, "Expecting start of Json Array."),
        ({"Type": "Or", "Conditions": []}, "There must be 1 to 200 conditions."),
        (compare([1], [1]), "A value of type List cannot be compared."),
        (compare({"a": 1}, 1), "A value of type Structure cannot be compared."),
        (compare(get("Steps.Report.ProcessingOutputConfig"), 1), "A value of type Structure cannot"),
        (compare(NAME, COUNT, "GreaterThan"), "GreaterThan cannot compare String with Integer."),
        (compare(FLAG, FLAG, "LessThan"), "LessThan cannot compare Boolean with Boolean."),
        (
            {"Type": "Not", "Condition": compare("a", 1, "LessThan")},
            "LessThan cannot compare String with Integer.",
        ),
        (compare(get("Parameters.None"), 1), "Invalid property reference 'Parameters.None'."),
    ],
)
def test_what_is_no_condition(condition: dict[str, Any], sentence: str) -> None:
    said = refusal(processing("Report"), gate("Gate", condition, then=[fail("No")]), parameters=PARAMETERS)
    assert said.startswith(sentence)
    assert "(step Gate, Arguments.Conditions" in said


@pytest.mark.parametrize(("said", "expected"), [("500", True), ("5.5", False)])
def test_a_hyperparameter_is_compared_with_a_number(said: str, expected: bool) -> None:
    """AWS takes such a condition (test_steps_with_map_params_pipeline in the integration tests of the SDK). The values of
    hyperparameters are texts."""
    size = get("Steps.Train.HyperParameters['batch-size']")
    asked = compare(size, 6.0, "GreaterThanOrEqualTo")
    definition = parsed(training("Train"), gate("Gate", asked, then=[fail("No")]))
    condition = definition.by_name["Gate"].condition
    assert condition is not None
    known = Known(steps={"Train": {"HyperParameters": {"batch-size": said}}})
    assert evaluate(condition, known, "step Gate") is expected


def test_a_hyperparameter_that_is_no_number() -> None:
    size = get("Steps.Train.HyperParameters['batch-size']")
    definition = parsed(training("Train"), gate("Gate", compare(6, size, "LessThan"), then=[fail("No")]))
    condition = definition.by_name["Gate"].condition
    assert condition is not None
    for said in ("many", "nan", "inf"):
        known = Known(steps={"Train": {"HyperParameters": {"batch-size": said}}})
        with pytest.raises(AwsError, match=r"LessThan cannot compare .* \(String\)"):
            evaluate(condition, known, "step Gate")


def test_a_condition_step_waits_for_what_it_looks_at() -> None:
    definition = gated(compare(from_file("Report", "Report", "a"), 1))
    assert definition.by_name["Gate"].depends_on == {"Report"}


def test_a_step_can_use_the_outcome() -> None:
    step = training("S")
    step["Arguments"]["HyperParameters"] = {"said": get("Steps.Gate.Outcome")}
    assert parsed(gate("Gate", compare(1, 1), then=[fail("No")]), step).by_name["S"].depends_on == {"Gate"}
