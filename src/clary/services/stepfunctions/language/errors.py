"""How the evaluation of a state fails (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html)."""

from __future__ import annotations

RUNTIME = "States.Runtime"
QUERY = "States.QueryEvaluationError"
INTRINSIC = "States.IntrinsicFailure"
TIMEOUT = "States.Timeout"
TASK_FAILED = "States.TaskFailed"
DATA_LIMIT = "States.DataLimitExceeded"


class StateError(Exception):
    """An error name and its cause, as a Catch sees them. None: a member that is not there."""

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class EvaluationError(StateError):
    """An expression that cannot be evaluated. The cause says what is wrong, and the state is added by the one who runs it.
    `location` is the field, for the event EvaluationFailed of JSONata."""

    def __init__(self, error: str, problem: str, location: str = "") -> None:
        super().__init__(error, problem)
        self.problem = problem
        self.location = location


def runtime(problem: str) -> EvaluationError:
    """Return a States.Runtime: no retrier and no catcher handles it."""
    return EvaluationError(RUNTIME, problem)


class Invalid(ValueError):
    """An expression that cannot be read."""
