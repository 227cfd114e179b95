"""Images of users' own: which image of Amazon ECR a URI names now, found as the role that will pull it, and how a run names it.

The digest is found once, when the job or the model is made, and kept in its record: a tag may be moved later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from clary.kernel import AwsError, Caller
from clary.kernel.errors import validation
from clary.plane import Context
from clary.runs.api import Image
from clary.services.sagemaker import images

_HOST = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.(?P<suffix>amazonaws\.com(?:\.cn)?)"
)
_NEAR = re.compile(
    r"(?:127\.0\.0\.1|localhost):\d+"
)  # the platform's own address, by which images are pushed
_URI = re.compile(
    r"(?P<registry>[^/]+)/(?P<repository>[a-z0-9._/-]+)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_PULL = "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"
_INVALID = "Please provide a valid Amazon Elastic Container Registry path of the Docker image to run."

PORT = 8080
"""Where a model's container listens (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html)."""

PRIVATE = "image"
"""The private member of a record that keeps the image."""


class Address(NamedTuple):
    """A URI of an image, in its parts."""

    account: str
    region: str
    host: str
    repository: str
    tag: str
    digest: str


def pin(ctx: Context, uri: str, reader: Caller) -> dict[str, str] | None:
    """Return the image of ECR that a URI names now, or None for an image that the platform's own program stands for. Raise
    ValidationException where there is none, or `reader` may not pull it."""
    known = images.known(uri)
    address = _address(ctx, uri)
    if known and (address is None or address.account != ctx.account):
        return None
    if address is None:
        raise _no_address(uri)
    try:
        return _find(ctx, uri, address, reader)
    except AwsError:
        if known:  # AWS's own name, and nothing of that name was pushed
            return None
        raise


def require_address(uri: str) -> None:
    """Raise ValidationException for a URI that is neither one of AWS's images nor an address in ECR."""
    match = _URI.fullmatch(uri)
    there = match and (_HOST.fullmatch(match["registry"]) or _NEAR.fullmatch(match["registry"]))
    if images.known(uri) is None and not there:
        raise _no_address(uri)


def _no_address(uri: str) -> AwsError:
    return validation(f"Requested image {uri} not found. {_INVALID} {images.OFFER}")


def _address(ctx: Context, uri: str) -> Address | None:
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    named = (match["repository"], match["tag"] or "", match["digest"] or "")
    if _NEAR.fullmatch(match["registry"]):
        suffix = "amazonaws.com.cn" if ctx.partition == "aws-cn" else "amazonaws.com"
        return Address(ctx.account, ctx.region, f"{ctx.account}.dkr.ecr.{ctx.region}.{suffix}", *named)
    host = _HOST.fullmatch(match["registry"])
    return Address(host["account"], host["region"], match["registry"], *named) if host else None


def _find(ctx: Context, uri: str, address: Address, reader: Caller) -> dict[str, str]:
    """Return the image by ECR's BatchGetImage. The sentences are what users of AWS report
    (https://github.com/aws/amazon-sagemaker-examples/issues/2534 for a repository, 2450 for an image)."""
    if address.region != ctx.region:
        raise validation(f"The image {uri} must be in the region of the call, {ctx.region}.")
    asked = {
        "registryId": address.account,
        "repositoryName": address.repository,
        "imageIds": [_id(address)],
    }
    please = f"and role {reader.principal_arn} has proper pull permissions for SageMaker: {_PULL}"
    try:
        found = ctx.call("ecr", "BatchGetImage", asked, caller=reader)["images"]
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        raise validation(
            f"Cannot find repository: {address.repository} in registry ID: {address.account} Please check if your ECR "
            f"repository exists {please}"
        ) from None
    if not found:
        raise validation(
            f"Cannot find the requested image: {uri} with tag: {address.tag or 'latest'} and digest: "
            f"{address.digest or 'null'}. Please check if your ECR image exists {please}"
        )
    digest = found[0]["imageId"]["imageDigest"]
    return {"registry": address.host, "repository": address.repository, "digest": digest}


def _id(address: Address) -> dict[str, str]:
    return {"imageDigest": address.digest} if address.digest else {"imageTag": address.tag or "latest"}


def of_run(
    pinned: Mapping[str, str],
    entrypoint: Sequence[str] | None,
    arguments: Sequence[str] | None,
    port: int = 0,
    **members: Any,
) -> Image:
    """Return a pinned image as a run names it. `members` are further ones of Image."""
    return Image(
        pinned["registry"],
        pinned["repository"],
        pinned["digest"],
        None if entrypoint is None else tuple(entrypoint),
        None if arguments is None else tuple(arguments),
        port,
        **members,
    )
