"""What is wrong with definitions: the sentences of the recordings (test_sfn_api_validation, test_sfn_api, scenarios), where they
have them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.services.stepfunctions.validation import diagnose
from tests.services.stepfunctions.bench import passes, single

SQS = "arn:aws:states:::sqs:sendMessage"
PASS = {"Type": "Pass", "End": True}


def problems(definition: Any, *, is_express: bool = False, known: bool = True) -> list[str]:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return [str(one) for one in diagnose(text, lambda _: known, is_express=is_express)]


def test_good_definitions_have_no_problems() -> None:
    assert problems(passes(3)) == []
    assert problems(single({"Type": "Pass", "Output": "{% 1 %}"}, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize("text", ["", "[]", "{", "1"])
def test_the_text_must_be_an_object(text: str) -> None:
    assert problems(text) == ["SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"),
        ({"StartAt": "a"}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"),
        (
            single({"Type": "Pass", "QueryLanguage": "JSONPath"}, QueryLanguage="JSONata"),
            "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/S",
        ),
        (
            single({"Type": "Pass", "Parameters": {"parsed.$": "States.Format('\\x')"}}),
            "SCHEMA_VALIDATION_FAILED: The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic "
            "function call at /States/S/Parameters",
        ),
        (
            single({"Type": "Task", "Resource": SQS, "Credentials": {}}),
            "SCHEMA_VALIDATION_FAILED: The field 'RoleArn' is required but was missing at /States/S/Credentials",
        ),
    ],
)
def test_sentences_that_aws_has(definition: Any, expected: str) -> None:
    assert problems(definition)[0] == expected


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ({"Type": "Nope"}, "/States/S/Type"),
        ({"Type": "Pass", "Foo": 1}, "/States/S/Foo"),
        ({"Type": "Pass", "Next": "S"}, "/States/S"),
        ({"Type": "Pass", "InputPath": "x"}, "/States/S/InputPath"),
        ({"Type": "Pass", "ResultPath": "$.a[*]"}, "/States/S/ResultPath"),
        ({"Type": "Wait"}, "/States/S"),
        ({"Type": "Wait", "Seconds": 1, "Timestamp": "x"}, "/States/S"),
        ({"Type": "Wait", "Timestamp": "yesterday"}, "/States/S/Timestamp"),
        ({"Type": "Task", "Resource": "x"}, "/States/S/Resource"),
        ({"Type": "Task", "Resource": SQS, "TimeoutSeconds": 0}, "/States/S/TimeoutSeconds"),
        (
            {"Type": "Task", "Resource": SQS, "TimeoutSeconds": 5, "HeartbeatSeconds": 5},
            "/States/S/HeartbeatSeconds",
        ),
        ({"Type": "Task", "Resource": SQS, "Retry": [{"ErrorEquals": []}]}, "/States/S/Retry[0]/ErrorEquals"),
        ({"Type": "Task", "Resource": SQS, "Catch": [{"ErrorEquals": ["a"]}]}, "/States/S/Catch[0]"),
        ({"Type": "Parallel", "Branches": []}, "/States/S/Branches"),
        ({"Type": "Map"}, "/States/S"),
        ({"Type": "Pass", "Assign": {"states": 1}}, "/States/S/Assign"),
    ],
)
def test_each_field_is_checked_at_its_place(state: dict[str, Any], place: str) -> None:
    assert any(one.endswith(f" at {place}") for one in problems(single(state)))


def test_targets_must_be_there_and_states_reachable() -> None:
    found = problems({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": PASS}})
    assert found == [
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next",
        'MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C',
    ]


def test_what_express_state_machines_do_not_have() -> None:
    activity = "arn:aws:states:us-east-1:111122223333:activity:a"
    assert (
        "does not support Activity ARN at /States/S/Resource"
        in problems(single({"Type": "Task", "Resource": activity}), is_express=True)[0]
    )
    sync = single({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync"})
    assert (
        "does not support '.sync' service integration at /States/S/Resource"
        in problems(sync, is_express=True)[0]
    )


def test_a_resource_that_is_not_there_is_named() -> None:
    assert (
        f"The resource provided {SQS} is not recognized"
        in problems(single({"Type": "Task", "Resource": SQS}), known=False)[0]
    )


def test_expressions_are_read() -> None:
    assert (
        "'(' in the field 'Output' is invalid"
        in problems(single({"Type": "Pass", "Output": "{% ( %}"}, QueryLanguage="JSONata"))[0]
    )
