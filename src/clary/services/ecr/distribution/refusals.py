"""Errors in the words of the distribution protocol: `{"errors": [{"code": …, "message": …}]}`.

Source: "Error Codes" (OCI distribution specification 1.1); what Amazon ECR says with which status is in users' reports.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import orjson

from clary.kernel import AwsError
from clary.plane.sites import Visit
from clary.plane.throttling import is_throttling
from clary.services.ecr.distribution.visitors import UNKNOWN
from clary.wire import Response

VERSION = ("docker-distribution-api-version", "registry/2.0")
# By the code of ECR's API: the code of the protocol and the HTTP status.
_CODES = {
    UNKNOWN: ("UNAUTHORIZED", 401),
    "ExpiredTokenException": ("DENIED", 403),
    "AccessDeniedException": ("DENIED", 403),
    "RepositoryNotFoundException": ("NAME_UNKNOWN", 404),
    "ImageNotFoundException": ("MANIFEST_UNKNOWN", 404),
    "LayersNotFoundException": ("MANIFEST_BLOB_UNKNOWN", 404),
    "ReferencedImagesNotFoundException": ("MANIFEST_BLOB_UNKNOWN", 404),
    "BlobUnknown": ("BLOB_UNKNOWN", 404),
    "UploadNotFoundException": ("BLOB_UPLOAD_UNKNOWN", 404),
    "InvalidLayerException": ("DIGEST_INVALID", 400),
    "DigestInvalid": ("DIGEST_INVALID", 400),
    "ImageDigestDoesNotMatchException": ("DIGEST_INVALID", 400),
    "ImageTagAlreadyExistsException": ("TAG_INVALID", 400),
    "ImageReferencedByManifestList": ("UNSUPPORTED", 405),
    "KmsException": ("DENIED", 403),
    "ManifestInvalid": ("MANIFEST_INVALID", 400),
    "NameInvalid": ("NAME_INVALID", 400),
    "SizeInvalid": ("SIZE_INVALID", 400),
    "RangeInvalid": ("BLOB_UPLOAD_INVALID", 416),
    "Unsupported": ("UNSUPPORTED", 405),
    "NotFoundException": ("NOT_FOUND", 404),
    "NotImplemented": ("UNSUPPORTED", 501),
    "RequestEntityTooLargeException": ("SIZE_INVALID", 413),
}


def refuse(visit: Visit, error: AwsError) -> Response:
    """Return the answer that tells a client of an error."""
    code, status = _CODES.get(error.code, ("UNKNOWN" if error.status >= 500 else "INVALID", error.status))
    if is_throttling(error):
        code, status = "TOOMANYREQUESTS", 429
    body = orjson.dumps({"errors": [{"code": code, "message": error.message}]})
    headers = [("content-type", "application/json"), VERSION, *error.headers.items()]
    if status == 401:
        headers.append(("www-authenticate", f'Basic realm="{_realm(visit)}",service="ecr.amazonaws.com"'))
    return Response(status, headers, body)


def _realm(visit: Visit) -> str:
    """Return the URL of the registry, without anything that a client could break out of the quotes with."""
    host = urlsplit(f"//{visit.request.headers.get('host', '')}").netloc
    return f"{visit.request.scheme}://{host.replace(chr(34), '').replace(chr(92), '')}/"
