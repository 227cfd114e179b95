"""Whether the S3 data that a request names is there: AWS looks before it takes a job or a model, as the role that will
read it. Without a role the caller is asked about: nobody is told of what they may not see themselves."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError, Caller
from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.sagemaker.roles import PRINCIPAL

_FORBIDDEN = 403


def require_objects(ctx: Context, source: dict[str, str], role: Caller) -> None:
    """Raise unless an `S3DataSource` has objects that the role may list. The sentence is what users of AWS report
    (https://github.com/aws/amazon-sagemaker-examples/issues/2267 for training, 2270 for batch transform)."""
    bucket, prefix = split(source["S3Uri"])
    try:
        keys = _first_keys(ctx, role, bucket, prefix)
    except AwsError:  # no such bucket, none that could be, or not allowed: one sentence covers them all
        keys = []
    if not keys or (source["S3DataType"] == "ManifestFile" and keys != [prefix]):
        raise validation(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({ctx.region}), that objects exist under that S3 prefix, and that "
            f'the role "{role.principal_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def require_model(ctx: Context, uri: str, role: Caller | None, *, whole: bool) -> None:
    """Raise unless the data of a model is there and its role, or without one the caller, may read it: one object, or with
    `whole` all below a prefix (https://github.com/aws/sagemaker-python-sdk/issues/608). For one object s3:GetObject is
    all that is asked for (https://repost.aws/knowledge-center/sagemaker-s3-accessdenied-training), for a prefix
    s3:ListBucket as well (https://github.com/philschmid/llm-sagemaker-sample/issues/2)."""
    bucket, key = split(uri)
    reader = role or ctx.caller
    try:
        there = _is_there(ctx, reader, bucket, key, whole)
    except AwsError as refusal:
        if refusal.status == _FORBIDDEN:
            raise validation(_not_yours(ctx, uri, role, whole)) from None
        there = False  # no such object or bucket, or none that could be
    if not there:
        raise validation(f"Could not find model data at {uri}.")


def split(uri: str) -> tuple[str, str]:
    """Bucket and key, or prefix, of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _is_there(ctx: Context, reader: Caller, bucket: str, key: str, whole: bool) -> bool:
    keys = _first_keys(ctx, reader, bucket, key) if whole else [key]
    for one in keys:
        _ask(ctx, "HeadObject", {"Bucket": bucket, "Key": one}, reader)
    return bool(keys)


def _first_keys(ctx: Context, reader: Caller, bucket: str, prefix: str) -> list[str]:
    """The first key below a prefix, which is the prefix itself where there is such an object."""
    found = _ask(ctx, "ListObjectsV2", {"Bucket": bucket, "Prefix": prefix, "MaxKeys": 1}, reader)
    return [one["Key"] for one in found.get("Contents", [])]


def _ask(ctx: Context, operation: str, params: dict[str, Any], reader: Caller) -> dict[str, Any]:
    """S3's own operation as somebody else, in this transaction."""
    return ctx.call("s3", operation, params, caller=reader)


def _not_yours(ctx: Context, uri: str, role: Caller | None, whole: bool) -> str:
    """AWS's sentence. Without a role it has nobody to name but the caller."""
    if role is None:
        return (
            f'Could not access model data at {uri}. Please ensure that you have "s3:GetObject" permissions and that the '
            f"object is located in {ctx.region}."
        )
    listing = (
        " If your Model uses multiple models or uncompressed models, please ensure that the role has "
        '"s3:ListBucket" permission.'
    )
    return (
        f'Could not access model data at {uri}. Please ensure that the role "{role.principal_arn}" exists and that '
        'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
        f'"{PRINCIPAL}". Also ensure that the role has "s3:GetObject" permissions and that the object is located '
        f"in {ctx.region}.{listing if whole else ''}"
    )
