"""Whether the S3 data that a request names is there: AWS looks before it takes a job or a model, as the role that will
read it."""

from __future__ import annotations

from dataclasses import replace

from clary.kernel import AwsError, Caller
from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.sagemaker.roles import PRINCIPAL


def require_objects(ctx: Context, source: dict[str, str], role: Caller) -> None:
    """Raises unless an `S3DataSource` has objects that the role may list. The sentence is what users of AWS report
    (https://github.com/aws/amazon-sagemaker-examples/issues/2267 for training, 2270 for batch transform)."""
    bucket, prefix = split(source["S3Uri"])
    keys = _first_keys(ctx, role, bucket, prefix)
    if not keys or (source["S3DataType"] == "ManifestFile" and keys != [prefix]):
        raise validation(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({ctx.region}), that objects exist under that S3 prefix, and that "
            f'the role "{role.principal_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def require_model(ctx: Context, uri: str, role: Caller | None, *, whole: bool) -> None:
    """Raises unless the data of a model is there and its role, if it has one, may read it: one object, or with `whole`
    all below a prefix (https://github.com/aws/sagemaker-python-sdk/issues/608). s3:GetObject is the only permission
    that CreateModel asks for (https://repost.aws/knowledge-center/sagemaker-s3-accessdenied-training)."""
    bucket, key = split(uri)
    keys = _first_keys(ctx, Caller.of_service(PRINCIPAL, ctx.account), bucket, key)
    # Asked first: whether there is something is nothing for those who may not read it.
    if role and not _may_read(ctx, role, bucket, keys[0] if keys and whole else key):
        raise validation(
            f'Could not access model data at {uri}. Please ensure that the role "{role.principal_arn}" exists and that '
            'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            f'"{PRINCIPAL}". Also ensure that the role has "s3:GetObject" permissions and that the object is located '
            f"in {ctx.region}."
        )
    if not keys or not (whole or keys == [key]):
        raise validation(f"Could not find model data at {uri}.")


def split(uri: str) -> tuple[str, str]:
    """Bucket and key, or prefix, of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _first_keys(ctx: Context, caller: Caller, bucket: str, prefix: str) -> list[str]:
    """The first key below a prefix, which is the prefix itself where there is such an object."""
    ask = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": 1}
    try:
        found = ctx.platform.perform("s3", "ListObjectsV2", ask, caller, ctx.region, tx=ctx.tx)
    except AwsError:  # no such bucket, none that could be, or not allowed: one sentence covers them all
        return []
    return [one["Key"] for one in found.get("Contents", [])]


def _may_read(ctx: Context, role: Caller, bucket: str, key: str) -> bool:
    try:
        replace(ctx, caller=role).authorize("s3:GetObject", f"arn:{ctx.partition}:s3:::{bucket}/{key}")
    except AwsError:
        return False
    return True
