"""SendPipelineExecutionStepSuccess and -Failure, which answer the token of a Callback step. There are no such steps here, so
no token is known."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sagemaker.pipelines.executions import accepts
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]


@sagemaker.operation(accepts=accepts.STEP_SUCCESS)
def send_pipeline_execution_step_success(ctx: Context, params: Params) -> Params:
    """Raise ResourceNotFound: no step waits for the token."""
    raise _unknown(params)


@sagemaker.operation(accepts=accepts.STEP_FAILURE)
def send_pipeline_execution_step_failure(ctx: Context, params: Params) -> Params:
    """Raise ResourceNotFound: no step waits for the token."""
    raise _unknown(params)


def _unknown(params: Params) -> AwsError:
    return AwsError("ResourceNotFound", f"Callback token {params['CallbackToken']} does not exist.")
