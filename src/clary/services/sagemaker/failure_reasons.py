"""FailureReason in AWS's words: whose mistake it was, the program's own text, its exit code."""

from __future__ import annotations

from clary.runs.api import RunState

_LONGEST = 1024
_RUNS = "Please ensure that the image runs with 'docker run'"


def of_algorithm(state: RunState, built_in: bool) -> str:
    """Return the FailureReason of a training, processing or transform job that failed.

    With `built_in` exit code 2 means that the customer's input was wrong. Any other failure of a program is
    an AlgorithmError. For what the platform could not fetch or store, AWS's own sentences are used.
    """
    if state.reason in ("download", "image", "upload"):
        blamed = state.detail.startswith(("ClientError:", "InternalServerError:"))
        return clip(state.detail if blamed else f"ClientError: {state.detail}")
    if state.reason == "disk":
        if state.detail.startswith("ClientError:"):
            return clip(state.detail)
        return (
            "ClientError: Please use an instance type with more storage, or reduce the size of training data."
        )
    if state.reason == "memory":
        return "AlgorithmError: OutOfMemoryError, exit code: 137"
    if state.reason == "start" and state.in_image:
        return clip(f"ClientError: CannotStartContainerError. {_RUNS}: {state.detail}")
    if state.reason == "start":
        return clip(f"ClientError: The program could not be started: {state.detail}")
    code = state.exit_code or 0
    shown = 128 - code if code < 0 else code
    kind = "ClientError" if built_in and code == 2 else "AlgorithmError"
    exited = f", exit code: {shown}"
    return clip(f"{kind}: {state.failure}", len(exited)) + exited


def clip(text: str, spare: int = 0) -> str:
    """Cut a text to the 1024 characters that FailureReason holds, less `spare` for what follows it."""
    return text[: _LONGEST - spare]
