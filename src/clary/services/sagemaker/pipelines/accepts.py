"""Which members of the requests for pipelines are acted on. Aliases of versions are not offered."""

from __future__ import annotations

from clary.plane import Members

_DESCRIBED = {"PipelineDescription": "a description", "PipelineDisplayName": "a name for people"}
_PIPELINE = "PipelineName PipelineDefinition PipelineDefinitionS3Location RoleArn ParallelismConfiguration"

CREATE = Members(f"{_PIPELINE} ClientRequestToken Tags", _DESCRIBED)
UPDATE = Members(_PIPELINE, _DESCRIBED)
DELETE = Members("PipelineName ClientRequestToken")
UPDATE_VERSION = Members(
    "PipelineArn PipelineVersionId",
    {"PipelineVersionDescription": "a description", "PipelineVersionDisplayName": "a name for people"},
)
