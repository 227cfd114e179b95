"""Steps that create nothing: Condition and Fail."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.definition import evaluate, shown
from clary.services.sagemaker.pipelines.executions.attempt import Attempt


def condition(attempt: Attempt) -> Decision:
    """Evaluate the conditions; the outcome says which branch runs."""
    assert attempt.step.condition is not None
    place = f"step {attempt.step.name}, Arguments.Conditions"
    try:
        holds = evaluate(attempt.step.condition, attempt.values, place)
    except AwsError as error:
        return attempt.refused(error)
    return attempt.succeeded({"Condition": {"Outcome": "True" if holds else "False"}})


def fail(attempt: Attempt) -> Decision:
    """Fail with the definition's message."""
    try:
        message = attempt.resolved(attempt.step.arguments.get("ErrorMessage", ""), "Arguments.ErrorMessage")
    except AwsError as error:
        return attempt.refused(error)
    said = shown(message)
    return attempt.failed(said, {"Fail": {"ErrorMessage": said}})
