"""FailureReason in AWS's words: whose mistake it was, the program's own text, the exit code."""

from __future__ import annotations

from clary.runs.api import RunState

_LONGEST = 1024


def of_algorithm(state: RunState, built_in: bool) -> str:
    """The reason of a training, processing or transform job that did not end well.

    The built-in algorithms say by exit code 2 that the customer's input was wrong; any other failure of a program is
    an AlgorithmError. What the platform could not fetch or store is said as AWS says it.
    """
    if state.reason in ("download", "upload"):
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
    if state.reason == "start":
        return clip(f"ClientError: The program could not be started: {state.detail}")
    code = state.exit_code or 0
    shown = 128 - code if code < 0 else code
    kind = "ClientError" if built_in and code == 2 else "AlgorithmError"
    exited = f", exit code: {shown}"
    return clip(f"{kind}: {state.failure}", len(exited)) + exited


def clip(text: str, spare: int = 0) -> str:
    """FailureReason holds 1024 characters, of which some may be spared for what follows."""
    return text[: _LONGEST - spare]
