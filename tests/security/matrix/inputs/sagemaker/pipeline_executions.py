"""Executions of pipelines. Their ARN says whose they are; a pipeline's name means one of the caller's account."""

from __future__ import annotations

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import plus, shared
from tests.security.matrix.inputs.sagemaker.pipelines import a_pipeline, pipeline
from tests.security.matrix.world import MARKER, World


def _execution(w: World) -> Params:
    """A new execution, which runs until a controller looks at it."""
    named = {**pipeline(w), "PipelineExecutionDescription": MARKER}
    arn = w.client("sagemaker").start_pipeline_execution(**named)["PipelineExecutionArn"]
    return {"PipelineExecutionArn": arn}


def _stopped(w: World) -> Params:
    """An execution that was stopped before its first step."""
    named = _execution(w)
    w.client("sagemaker").stop_pipeline_execution(**named)
    w.turn(2)
    return named


def _token(w: World) -> Params:
    """A token of a Callback step. There are no such steps."""
    return {"CallbackToken": "a" * 10}


an_execution = shared("execution", _execution)
_MISSING = Outcome.MISSING

CASES = {
    "DescribePipelineDefinitionForExecution": Case(an_execution, _MISSING),
    "DescribePipelineExecution": Case(an_execution, _MISSING),
    "ListPipelineExecutions": Case(lambda w: an_execution(w) and a_pipeline(w), _MISSING),
    "ListPipelineExecutionSteps": Case(an_execution, _MISSING),
    "ListPipelineParametersForExecution": Case(an_execution, _MISSING),
    "RetryPipelineExecution": Case(_stopped, _MISSING),
    "SendPipelineExecutionStepFailure": Case(_token, _MISSING, absent="ResourceNotFound"),
    "SendPipelineExecutionStepSuccess": Case(_token, _MISSING, absent="ResourceNotFound"),
    "StartPipelineExecution": Case(a_pipeline, _MISSING),
    "StopPipelineExecution": Case(_execution, _MISSING),
    "UpdatePipelineExecution": Case(plus(an_execution, PipelineExecutionDescription="x"), _MISSING),
}
