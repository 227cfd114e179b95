"""Parameters: what a definition declares, and what an execution gives. The sentences are those of the SDK's local mode, which
repeats the service's checks (sagemaker.local.entities; https://github.com/aws/sagemaker-python-sdk/pull/4354)."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import AwsError
from clary.services.sagemaker.pipelines.definition import bind, shown
from tests.services.sagemaker.pipelines.definition.making import fail, parameter, parsed, refusal

DECLARED = [
    parameter("Name", "String", "a", EnumValues=["a", "b"]),
    parameter("Count", "Integer", 3),
    parameter("Rate", "Float", 1),
    parameter("Flag", "Boolean", False),
    parameter("Must"),
]


def test_defaults_and_what_takes_their_place() -> None:
    definition = parsed(fail("S"), parameters=DECLARED)
    defaults = {"Name": "a", "Count": 3, "Rate": 1.0, "Flag": False}
    assert bind(definition, {"Must": "x"}) == {**defaults, "Must": "x"}
    given = {"Must": "x", "Name": "b", "Count": "-4", "Rate": "1e3", "Flag": "True"}
    assert bind(definition, given) == {"Name": "b", "Count": -4, "Rate": 1000.0, "Flag": True, "Must": "x"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Parameter 'Must' is undefined."),
        ({"Other": "1"}, "Unknown parameter 'Other'"),
        ({"Must": ""}, 'Parameter Must value "" is too short (length: 0, required minimum: 1).'),
        ({"Count": "3.5"}, "Unexpected type for parameter 'Count'. Expected Integer but found '3.5'."),
        ({"Count": "9" * 5000}, "Unexpected type for parameter 'Count'. Expected Integer"),
        ({"Rate": "fast"}, "Unexpected type for parameter 'Rate'. Expected Float but found 'fast'."),
        ({"Rate": "nan"}, "Unexpected type for parameter 'Rate'."),
        ({"Rate": "1e9999"}, "Unexpected type for parameter 'Rate'."),
        ({"Flag": "1"}, "Unexpected type for parameter 'Flag'. Expected Boolean but found '1'."),
        ({"Name": "c"}, "Parameter 'Name' value 'c' is not one of [a, b]."),
    ],
)
def test_values_that_do_not_fit(given: dict[str, str], sentence: str) -> None:
    definition = parsed(fail("S"), parameters=DECLARED)
    with pytest.raises(AwsError) as error:
        bind(definition, {"Must": "x", **given} if given else given)
    assert error.value.code == "ValidationException"
    assert error.value.message.startswith(sentence)


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ([parameter("A"), parameter("A")], "Duplicate parameter name 'A'."),
        ([parameter("a b")], "'a b' is not a name"),
        ([parameter("A", "Date")], "Unknown parameter type 'Date'."),
        ([parameter("A", "Integer", "1")], "The default value does not match the parameter type Integer."),
        ([parameter("A", "Integer", True)], "The default value does not match the parameter type Integer."),
        ([parameter("A", "Integer", 1.5)], "The default value does not match the parameter type Integer."),
        ([parameter("A", "Boolean", 1)], "The default value does not match the parameter type Boolean."),
        ([parameter("A", "String", 1)], "The default value does not match the parameter type String."),
        ([parameter("A", "String", "x", EnumValues=["y"])], "The default value 'x' is not one of [y]."),
        (
            [parameter("A", "Integer", 1, EnumValues=["1"])],
            "A parameter of type Integer cannot have EnumValues.",
        ),
        ([parameter("A", Other=1)], "Cannot parse object, unknown property 'Other'."),
        ([{"Type": "String"}], "Missing required property 'Name'. (Parameters[0])"),
        ([parameter(f"P{number}") for number in range(201)], "It has more than 200 parameters."),
    ],
)
def test_what_is_no_parameter(declared: list[dict[str, Any]], sentence: str) -> None:
    assert refusal(fail("S"), parameters=declared).startswith(sentence)


def test_values_as_texts() -> None:
    assert [shown(value) for value in (True, 3, 0.001, "x")] == ["true", "3", "0.001", "x"]
