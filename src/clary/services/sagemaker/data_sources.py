"""Whether the S3 data that a request names is there. AWS looks before it accepts a job or a model, as the role that will
read the data. Where there is no role, it is the caller who looks, so that no answer tells callers of objects which they
may not see themselves."""

from __future__ import annotations

from clary.kernel import AwsError, Caller
from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.sagemaker.roles import PRINCIPAL
from clary.workloads import s3_data

_FORBIDDEN = 403


def require_objects(ctx: Context, source: dict[str, str], role: Caller) -> None:
    """Raise ValidationException unless an `S3DataSource` has objects that the role may list. The sentence is what users of AWS report
    (https://github.com/aws/amazon-sagemaker-examples/issues/2267 for training, 2270 for batch transform)."""
    bucket, prefix = s3_data.split(source["S3Uri"])
    try:
        keys = s3_data.first_keys(ctx, role, source["S3Uri"])
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        # No such bucket, a name that no bucket can have, or not allowed: one sentence covers them all.
        keys = []
    if not keys or (source["S3DataType"] == "ManifestFile" and keys != [prefix]):
        raise validation(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({ctx.region}), that objects exist under that S3 prefix, and that "
            f'the role "{role.principal_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def require_model(ctx: Context, uri: str, role: Caller | None, *, whole: bool) -> None:
    """Raise ValidationException unless the data of a model is there and its role, or without one the caller, may read it:
    one object, or with `whole` all below a prefix (https://github.com/aws/sagemaker-python-sdk/issues/608). For one object s3:GetObject is
    all that is asked for (https://repost.aws/knowledge-center/sagemaker-s3-accessdenied-training), for a prefix
    s3:ListBucket as well (https://github.com/philschmid/llm-sagemaker-sample/issues/2)."""
    try:
        there = _is_there(ctx, role or ctx.caller, uri, whole)
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        if refusal.status == _FORBIDDEN:
            raise validation(_not_yours(ctx, uri, role, whole)) from None
        there = False  # no such object or bucket, or a name that none can have
    if not there:
        raise validation(f"Could not find model data at {uri}.")


def _is_there(ctx: Context, reader: Caller, uri: str, whole: bool) -> bool:
    bucket, key = s3_data.split(uri)
    keys = s3_data.first_keys(ctx, reader, uri) if whole else [key]
    for one in keys:
        s3_data.require_object(ctx, reader, bucket, one)
    return bool(keys)


def _not_yours(ctx: Context, uri: str, role: Caller | None, whole: bool) -> str:
    """Return AWS's sentence. Without a role it names the caller."""
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
