"""Uploads by POST of an HTML form: each becomes a PutObject, of the caller who signed the form's policy.

    fields -> signature of the policy -> conditions -> PutObject with the fields as headers, the file as its body -> answer

Source: "Browser-Based Uploads Using POST" (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.context import Context
from clary.server import documents
from clary.wire import Exchange, Request, Response, form_data, form_signature, post_policy
from clary.wire.form_data import Form
from clary.wire.form_signature import FormSignature
from clary.wire.post_policy import Range
from clary.wire.serialize.xml import escape

Match = Callable[[Request], Awaitable[Exchange]]

_DEFAULT_STATUS = 204
_STATUSES = {"200": 200, "201": 201, "204": 204}
# Fields that are not headers of the upload.
_OWN = (
    "key", "policy", "bucket", "file", "success_action_status", "success_action_redirect", "redirect", "submit",
    "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token",
    "awsaccesskeyid", "signature", "tagging", "acl",
)  # fmt: skip
_MOST_TAGS = 8 << 10  # characters of the field `tagging`


class _Upload(NamedTuple):
    """A form whose policy allows it: where it uploads to, and as whom."""

    bucket: str
    key: str
    caller: Caller
    region: str
    sizes: Range | None


class FormUploads:
    """Answers forms. `version_2` says whether forms may be signed by Signature Version 2."""

    def __init__(self, platform: Platform, home_region: str, *, version_2: bool) -> None:
        self._platform = platform
        self._home = home_region
        self._version_2 = version_2

    async def answer(self, request: Request, path: str, call_id: str, match: Match) -> Response:
        """Upload the file of a form into the bucket of `path`. Raise AwsError for a form that is refused."""
        form = await form_data.read(request)
        upload = await self._allowed(form, path.strip("/"))
        inner = Request(
            "PUT", f"/{upload.bucket}/{quote(upload.key)}", "", _headers(form), _bounded(form.file, upload.sizes),
            request.scheme, request.client,
        )  # fmt: skip
        exchange = await match(inner)
        platform, operation = self._platform, exchange.operation
        ctx = Context(
            platform, upload.caller, upload.caller.account, upload.region, platform.clock.now(), operation, call_id,
            # As a POST, so that the size of the file is known when it ends, and the event is that of a form.
            request=replace(inner, method="POST"),
        )  # fmt: skip
        action = platform.action(operation.service.name, operation.name)
        params = documents.parsed(exchange, inner)
        written = await platform.answer(ctx, action, params, lambda result: result)
        return _response(form.fields, upload, written, platform.settings.endpoint)

    async def _allowed(self, form: Form, bucket: str) -> _Upload:
        if not form.fields.get("key"):
            raise form_signature.missing_field("key")
        form.fields["key"] = form.fields["key"].replace("${filename}", form.filename)
        signature = form_signature.read(form.fields)
        caller, region = Caller.anonymous(), self._home
        if signature is not None:
            caller = await self._caller(signature)
            region = signature.scope[1] if signature.scope else self._home
        sizes = None
        if form.fields.get("policy") is not None:
            sizes = post_policy.check(form.fields["policy"], form.fields, bucket, self._platform.clock.now())
        return _Upload(bucket, form.fields["key"], caller, region, sizes)

    async def _caller(self, given: FormSignature) -> Caller:
        """Return the caller whose key signed the policy."""
        if given.scope is None and not self._version_2:
            message = (
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
            )
            raise AwsError("InvalidRequest", message)
        found = await self._platform.authorizer.credential(given.access_key_id)
        state = found.state(given.token, self._platform.clock.now()) if found else "unknown"
        if state == "expired":
            raise AwsError("ExpiredToken", "The provided token has expired.")
        if found is None or state == "unknown":
            message = "The AWS Access Key Id you provided does not exist in our records."
            raise AwsError("InvalidAccessKeyId", message, 403, {"AWSAccessKeyId": given.access_key_id})
        form_signature.verify(given, found.secret)
        return found.caller


def _headers(form: Form) -> dict[str, str]:
    """Return the fields that describe the upload, as headers of PutObject."""
    headers = {name: value for name, value in form.fields.items() if name not in _OWN and value}
    if form.fields.get("acl"):
        headers["x-amz-acl"] = form.fields["acl"]
    if form.fields.get("tagging"):
        headers["x-amz-tagging"] = _tags(form.fields["tagging"])
    return headers


def _tags(document: str) -> str:
    """Return the XML of a TagSet as the query string that a header has."""
    from xml.etree import ElementTree

    if len(document) > _MOST_TAGS or "<!" in document:  # neither long nor with entities of its own
        raise _malformed_tags()
    try:
        found = [
            (tag.findtext("{*}Key") or "", tag.findtext("{*}Value") or "")
            for tag in ElementTree.fromstring(document).iter()
            if tag.tag.rpartition("}")[2] == "Tag"
        ]
    except ElementTree.ParseError:
        raise _malformed_tags() from None
    return urlencode(found)


def _malformed_tags() -> AwsError:
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return AwsError("MalformedXML", message)


async def _bounded(file: AsyncIterator[bytes], sizes: Range | None) -> AsyncIterator[bytes]:
    """Yield the bytes of a file. Raise EntityTooLarge or EntityTooSmall for a size that the policy does not allow."""
    size = 0
    async for part in file:
        size += len(part)
        if sizes is not None and size > sizes.largest:
            members = {"ProposedSize": str(size), "MaxSizeAllowed": str(sizes.largest)}
            raise AwsError(
                "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, members
            )
        yield part
    if sizes is not None and size < sizes.smallest:
        members = {"ProposedSize": str(size), "MinSizeAllowed": str(sizes.smallest)}
        raise AwsError(
            "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400, members
        )


def _response(fields: dict[str, str], upload: _Upload, written: dict[str, Any], endpoint: str) -> Response:
    """Return a redirect where the form names a place, else the status that it asks for."""
    location = f"{endpoint}/{upload.bucket}/{quote(upload.key)}"
    headers = [("etag", written["ETag"]), ("location", location)]
    if written.get("VersionId"):
        headers.append(("x-amz-version-id", written["VersionId"]))
    target = fields.get("success_action_redirect") or fields.get("redirect")
    if target and urlsplit(target).scheme in ("http", "https"):
        return Response(303, [*headers[:1], ("location", _redirect(target, upload, written["ETag"]))], b"")
    status = _STATUSES.get(fields.get("success_action_status", ""), _DEFAULT_STATUS)
    if status != 201:
        return Response(status, headers, b"")
    body = _document(location, upload, written["ETag"])
    return Response(201, [*headers, ("content-type", "application/xml")], body)


def _redirect(target: str, upload: _Upload, etag: str) -> str:
    said = urlsplit(target)
    more = urlencode({"bucket": upload.bucket, "key": upload.key, "etag": etag})
    return urlunsplit(said._replace(query=f"{said.query}&{more}" if said.query else more))


def _document(location: str, upload: _Upload, etag: str) -> bytes:
    said = {"Location": location, "Bucket": upload.bucket, "Key": upload.key, "ETag": etag}
    members = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{members}</PostResponse>'.encode()
