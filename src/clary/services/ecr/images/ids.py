"""How requests name images: by digest, by tag, or by both. What is wrong with an id is said for it alone.

The sentences are those of failures in AWS's answers, as getmoto/moto has them in its tests of ECR.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from clary.services.ecr.images import rows
from clary.services.ecr.images.rows import Image
from clary.store.api import Tx

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"[a-zA-Z0-9-_+.]{1,64}:[a-fA-F0-9]{1,256}")

Id = Mapping[str, str]


class Failure(NamedTuple):
    """Why an image that was asked for is not in the answer."""

    code: str
    reason: str

    def shown(self, id: Id) -> dict[str, object]:
        return {"imageId": dict(id), "failureCode": self.code, "failureReason": self.reason}


_NOTHING = Failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
_NO_DIGEST = Failure(
    "InvalidImageDigest",
    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
)
_NO_TAG = Failure("InvalidImageTag", "Invalid request parameters: image tag should satisfy the regex")
NOT_FOUND = Failure("ImageNotFound", "Requested image not found")
_ANOTHER = Failure(
    "ImageTagDoesNotMatchDigest",
    "Requested image tag does not lead to an image with the digest that is given",
)


def is_tag(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def find(tx: Tx, repository: str, id: Id) -> Image | Failure:
    """Return the image that an id names, or why there is none."""
    digest, tag = id.get("imageDigest", ""), id.get("imageTag", "")
    if wrong := _wrong(digest, tag):
        return wrong
    held = rows.tagged(tx, repository, tag) if tag else digest
    image = rows.find(tx, repository, digest or held or "")
    if image is None or held is None:
        return NOT_FOUND
    return image if held == image.digest else _ANOTHER


def _wrong(digest: str, tag: str) -> Failure | None:
    if not digest and not tag:
        return _NOTHING
    if digest and not _DIGEST.fullmatch(digest):
        return _NO_DIGEST
    return _NO_TAG if tag and not is_tag(tag) else None
