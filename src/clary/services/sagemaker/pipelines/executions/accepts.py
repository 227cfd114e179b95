"""Which members of the requests about executions are acted on. Aliases of pipeline versions and MLflow are not offered."""

from __future__ import annotations

from clary.plane import Members

START = Members(
    "PipelineName PipelineExecutionDisplayName PipelineParameters ClientRequestToken ParallelismConfiguration "
    "SelectiveExecutionConfig PipelineVersionId RoleArn",
    {"PipelineExecutionDescription": "a description"},
)
UPDATE = Members(
    "PipelineExecutionArn ParallelismConfiguration PipelineExecutionDisplayName",
    {"PipelineExecutionDescription": "a description"},
)
STOP = Members("PipelineExecutionArn ClientRequestToken")
RETRY = Members("PipelineExecutionArn ClientRequestToken ParallelismConfiguration")
STEP_SUCCESS = Members("CallbackToken OutputParameters ClientRequestToken")
STEP_FAILURE = Members("CallbackToken FailureReason ClientRequestToken")
