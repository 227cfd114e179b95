"""Export jobs: a version of a model card as a PDF file in S3
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-export.html).

The file is made in one step of the job. A step that is done again writes the same file to the same place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Record, States, Step, World
from clary.plane.nouns.calls import Spelled
from clary.plane.nouns.dialects import SAGEMAKER
from clary.plane.nouns.verbs import insert
from clary.services.sagemaker import requests
from clary.services.sagemaker.model_cards import accepts, pdf, requester, versions
from clary.services.sagemaker.model_cards.cards import NOT_FOUND, card, version_of
from clary.services.sagemaker.model_cards.document import blocks_of
from clary.services.sagemaker.model_cards.layout import pages_of
from clary.services.sagemaker.service import sagemaker
from clary.workloads import s3_data

Params = dict[str, Any]

_TIMES = replace(SAGEMAKER, created=("CreatedAt",), modified=("LastModifiedAt",))
_MOST_REASON = 1024

export_job = sagemaker.noun(
    Noun(
        "ModelCardExportJob",
        arn="model-card/{ModelCardName}/export-job/{ModelCardExportJobName}",
        key=Key("ModelCardName", "ModelCardExportJobName"),
        dialect=_TIMES,
        states=States("Status", start="InProgress", final=("Completed", "Failed")),
        accepts={"create": accepts.EXPORT_JOB},
        errors=Errors(
            missing_code=NOT_FOUND,
            taken_code="ConflictException",
            taken="Model card export job {arn} already exists.",
        ),
        hooks=Hooks(stamp=lambda ctx, params: Document(private={"caller": requester.kept(ctx.caller)})),
    )
)


@sagemaker.operation(on="model-card/{ModelCardName}", accepts=accepts.EXPORT_JOB)
def create_model_card_export_job(ctx: Context, params: Params) -> Params:
    """Begin to export a version of a card, by default the newest."""
    requests.s3_only("CreateModelCardExportJob", params, "OutputConfig")
    found = card.meant(ctx, params["ModelCardName"])
    number = version_of(ctx, found, params.get("ModelCardVersion")).observed["ModelCardVersion"]
    created = insert(_creation(), ctx, {**params, "ModelCardName": found.id, "ModelCardVersion": number})
    return {"ModelCardExportJobArn": created.arn}


@cache
def _creation() -> Spelled:
    """Read how CreateModelCardExportJob is spelled, at its first call."""
    return Spelled(export_job, sagemaker.model.operations["CreateModelCardExportJob"])


@sagemaker.controller(export_job)
def export(job: Record, world: World) -> Step:
    """Write the file, as the caller who asked for it, and end the job."""
    if job.status != "InProgress":
        return Step()
    version = world.get(
        versions.KIND, versions.id_of(job.spec["ModelCardName"], job.spec["ModelCardVersion"])
    )
    if version is None:
        return _failed("The version of the model card does not exist.")
    try:
        uri = _stored(job, version, world)
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        return _failed(f"{refusal.code}: {refusal.message}")
    return Step("Completed", {"ExportArtifacts": {"S3ExportArtifacts": uri}})


def _failed(reason: str) -> Step:
    return Step("Failed", {"FailureReason": f"Failed to export the model card. {reason}"[:_MOST_REASON]})


def _stored(job: Record, version: Record, world: World) -> str:
    """Put the file below S3OutputPath and return its URI."""
    name = (
        f"{job.spec['ModelCardName']}-{job.spec['ModelCardVersion']}-{job.spec['ModelCardExportJobName']}.pdf"
    )
    bucket, prefix = s3_data.split(job.spec["OutputConfig"]["S3OutputPath"])
    key = f"{prefix.rstrip('/')}/{name}" if prefix.strip("/") else name
    body = rendered(job, version)
    params = {"Bucket": bucket, "Key": key, "Body": body, "ContentType": "application/pdf"}
    caller = requester.caller_of(job.private["caller"])
    world.platform.perform("s3", "PutObject", params, caller, world.region, account=world.account)
    return f"s3://{bucket}/{key}"


def rendered(job: Record, version: Record) -> bytes:
    """Return the PDF file of a version. Its content is attached, as JSON."""
    text: str = version.spec["Content"]
    name = job.spec["ModelCardName"]
    facts = {
        "Version": str(job.spec["ModelCardVersion"]),
        "Status": version.spec["ModelCardStatus"],
        "Created": _moment(version.created),
        "Last modified": _moment(version.modified),
    }
    pages = pages_of(list(blocks_of(name, facts, orjson.loads(text))), f"{name}, version {facts['Version']}")
    attached = pdf.Attachment(f"{name}.json", "application/json", text.encode())
    return pdf.write(pages, name, job.created, attached)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
