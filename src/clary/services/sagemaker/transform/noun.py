"""Transform jobs as the API shows them: create, describe, list, stop. What moves them is in life.py."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Document, Hooks, Noun
from clary.services.sagemaker import jobs
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.transform.accepts import ACCEPTS
from clary.services.sagemaker.transform.request import allow


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    spec = {
        "TransformInput": {"CompressionType": "None", "SplitType": "None", **params["TransformInput"]},
        "TransformOutput": {"AssembleWith": "None", "KmsKeyId": "", **params["TransformOutput"]},
        "DataProcessing": {
            "InputFilter": "$",
            "OutputFilter": "$",
            "JoinSource": "None",
            **params.get("DataProcessing", {}),
        },
    }
    return Document(spec)


STATES = jobs.states("TransformJobStatus")
transform_job = sagemaker.noun(
    Noun(
        "TransformJob",
        arn="transform-job/{TransformJobName}",
        states=STATES,
        accepts=ACCEPTS,
        hooks=Hooks(allow=allow, stamp=stamp),
        errors=jobs.ERRORS,
    )
)
