"""Pipelines and their versions. A role is passed within an account only, so that a stranger's request is refused."""

from __future__ import annotations

import json

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import made, plus, shared
from tests.security.matrix.world import MARKER, World

_FAIL = {"Name": "S", "Type": "Fail", "Arguments": {"ErrorMessage": MARKER}}
_DEFINITION = json.dumps({"Version": "2020-12-01", "Steps": [_FAIL]})


def _pipeline(w: World) -> Params:
    role = w.once("role", lambda w: "")
    return {"PipelineName": w.fresh("pipeline"), "RoleArn": role, "PipelineDefinition": _DEFINITION}


pipeline = made(
    "create_pipeline",
    _pipeline,
    "PipelineName",
    PipelineDescription=MARKER,
    Tags=[{"Key": "note", "Value": MARKER}],
)
a_pipeline = shared("pipeline", pipeline)


def _version(w: World) -> Params:
    name = a_pipeline(w)["PipelineName"]
    return {"PipelineArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/{name}", "PipelineVersionId": 1}


_MISSING = Outcome.MISSING

CASES = {
    "CreatePipeline": Case(_pipeline, Outcome.REFUSED),
    "DeletePipeline": Case(pipeline, _MISSING),
    "DescribePipeline": Case(a_pipeline, _MISSING),
    "ListPipelines": Case(lambda w: a_pipeline(w) and {}, Outcome.OWN),
    "ListPipelineVersions": Case(a_pipeline, _MISSING),
    "UpdatePipeline": Case(plus(a_pipeline, PipelineDescription="x"), _MISSING),
    "UpdatePipelineVersion": Case(_version, _MISSING),
}
