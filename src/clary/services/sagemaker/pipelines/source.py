"""Where the definition of a request comes from: the request itself, or an object in S3 that the caller may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.sagemaker.pipelines.definition import parse
from clary.services.sagemaker.pipelines.definition.text import MOST_CHARACTERS

_MOST_BYTES = 4 * MOST_CHARACTERS  # a character of UTF-8 has four bytes at most
_IN_S3 = "PipelineDefinitionS3Location"


def has_definition(params: Mapping[str, Any]) -> bool:
    return "PipelineDefinition" in params or _IN_S3 in params


def definition_text(ctx: Context, params: Mapping[str, Any]) -> str:
    """Return the text of a request's definition, which was checked. Raise ValidationException unless there is exactly one, and
    for what is wrong in it."""
    if ("PipelineDefinition" in params) == (_IN_S3 in params):
        raise validation(f"Exactly one of PipelineDefinition and {_IN_S3} must be specified.")
    text = params["PipelineDefinition"] if "PipelineDefinition" in params else _read(ctx, params[_IN_S3])
    parse(text)
    return text


def _read(ctx: Context, place: Mapping[str, str]) -> str:
    """Return the text of an object, as the caller. More than a definition may have is not read."""
    uri = f"s3://{place['Bucket']}/{place['ObjectKey']}"
    version = {"VersionId": place["VersionId"]} if "VersionId" in place else {}
    wanted = {"Bucket": place["Bucket"], "Key": place["ObjectKey"], **version}
    try:
        found = ctx.call("s3", "GetObject", {**wanted, "Range": f"bytes=0-{_MOST_BYTES}"})
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        raise validation(f"Could not read the pipeline definition at {uri}: {refusal.message}") from None
    try:
        return found["Body"].decode()
    except UnicodeDecodeError:
        raise validation(f"The pipeline definition at {uri} is not text in UTF-8.") from None
