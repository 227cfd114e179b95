"""S3 over HTTP with the standard library: list, get, put. Waits out a platform that is away; knows no run.

Path style, one connection for each thread. What is asked again: lost connections, 5xx, throttling, a credential that
ended on the way. What is not: every other 4xx, which is `Refusal` in S3's own words.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import select
import threading
import time
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote_plus, urlsplit

from .credentials import Credentials, Refused
from .signing import EMPTY, path_of, query_of, sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 1 << 20
_TIMEOUT = 60.0
_LONGEST_PAUSE = 5.0
_LONGEST_SLEEP = 0.25  # seconds that pass unasked whether the work is still wanted
_STALE = {"ExpiredToken", "InvalidToken", "InvalidAccessKeyId", "RequestTimeTooSkewed"}


class Refusal(Exception):
    """S3 says no: its code, HTTP status and sentence."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.code = code
        self.status = status
        self.message = message


class Away(Exception):
    """The platform could not be reached for as long as we were ready to wait."""


class Cancelled(Exception):
    """The work is no longer wanted."""


class Shrunk(Exception):
    """A file changed under us. Not worth asking again with the same body."""


class Listed:
    """One object of a listing: key, size in bytes, time of change as S3 writes it, entity tag."""

    __slots__ = ("etag", "key", "modified", "size")

    def __init__(self, key: str, size: int, modified: str = "", etag: str = "") -> None:
        self.key = key
        self.size = size
        self.modified = modified
        self.etag = etag


class Body:
    """What a request sends: bytes, or a stretch of an open file."""

    def __init__(self, data: bytes = b"", fd: int = -1, offset: int = 0, size: int = 0) -> None:
        self._data = data
        self._fd = fd
        self._offset = offset
        self.size = size if fd >= 0 else len(data)

    def chunks(self) -> Iterator[bytes]:
        if self._fd < 0:
            yield self._data
            return
        at, end = self._offset, self._offset + self.size
        while at < end:
            piece = os.pread(self._fd, min(CHUNK, end - at), at)
            if not piece:
                raise Shrunk("a file became shorter while it was sent")
            at += len(piece)
            yield piece

    def digest(self) -> str:
        made = hashlib.sha256()
        for piece in self.chunks():
            made.update(piece)
        return made.hexdigest()


class S3:
    """A client of one endpoint with one role. Thread-safe. `patience` in seconds; `cancelled` is asked now and then."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        credentials: Credentials,
        patience: float,
        cancelled: Callable[[], bool],
    ) -> None:
        self._address = urlsplit(endpoint)
        self._region = region
        self._credentials = credentials
        self._patience = patience
        self._cancelled = cancelled
        self._mine = threading.local()

    # operations ---------------------------------------------------------------------------------------------------
    def list(self, bucket: str, prefix: str) -> list[Listed]:
        """Every object whose key begins with `prefix`, in key order."""
        found: list[Listed] = []
        token = ""
        while True:
            query = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
            if token:
                query["continuation-token"] = token
            page = self._xml("GET", bucket, "", query)
            found += _objects(page)
            token = _text(page, "NextContinuationToken")
            if _text(page, "IsTruncated") != "true" or not token:
                return found

    def get(self, bucket: str, key: str, sink: Callable[[Iterator[bytes]], None]) -> None:
        """Give the body of an object to `sink`, which is called again from the start when the line breaks."""
        self._ask("GET", bucket, key, {}, Body(), sink)

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        """Return a small object, at most `limit` bytes of it."""
        kept: list[bytes] = []

        def keep(pieces: Iterator[bytes]) -> None:
            kept[:] = [b"".join(pieces)[:limit]]

        self.get(bucket, key, keep)
        return kept[0]

    def put(self, bucket: str, key: str, body: Body, kms_key: str = "") -> None:
        """Upload an object, encrypted under a KMS key where one is named."""
        self._ask("PUT", bucket, key, {}, body, headers=_encryption(kms_key))

    def begin_parts(self, bucket: str, key: str, kms_key: str = "") -> str:
        """Return the id of a new multipart upload. The KMS key is said here, and not with each part."""
        _, answer = self._ask("POST", bucket, key, {"uploads": ""}, Body(), headers=_encryption(kms_key))
        return _text(ElementTree.fromstring(answer), "UploadId")

    def put_part(self, bucket: str, key: str, upload: str, number: int, body: Body) -> str:
        """Return the entity tag of a part."""
        query = {"partNumber": str(number), "uploadId": upload}
        headers, _ = self._ask("PUT", bucket, key, query, body)
        return headers.get("ETag") or headers.get("etag") or ""

    def end_parts(self, bucket: str, key: str, upload: str, tags: list[str]) -> None:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
            for number, tag in enumerate(tags, 1)
        )
        text = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
        _, answer = self._ask("POST", bucket, key, {"uploadId": upload}, Body(text.encode()))
        page = ElementTree.fromstring(answer)
        if page.tag.endswith("Error"):  # S3 says 200 at once and the outcome in the body
            raise Refusal(_text(page, "Code"), 200, _text(page, "Message"))

    def abort_parts(self, bucket: str, key: str, upload: str) -> None:
        """Once, and whatever comes of it: it follows a failure, which is what is to be told. Also when cancelled."""
        with contextlib.suppress(Exception):
            self._once("DELETE", bucket, key, {"uploadId": upload}, Body(), None)

    # requests -----------------------------------------------------------------------------------------------------
    def _xml(self, method: str, bucket: str, key: str, query: dict[str, str]) -> ElementTree.Element:
        return ElementTree.fromstring(self._ask(method, bucket, key, query, Body())[1])

    def _ask(
        self,
        method: str,
        bucket: str,
        key: str,
        query: dict[str, str],
        body: Body,
        sink: Callable[[Iterator[bytes]], None] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Ask until there is an answer. Refusal, Away, Cancelled. Patience ends only while nothing new comes: a long body
        that broke after an hour is worth the same wait as one that never began."""
        end = time.monotonic() + self._patience
        pause = 0.05
        furthest = 0
        renewed = False
        while True:
            if self._cancelled():
                raise Cancelled
            try:
                return self._once(method, bucket, key, query, body, sink, headers)
            except Refusal as refusal:
                if refusal.code in _STALE and not renewed:
                    renewed = True
                    self._credentials.drop()
                    continue
                if not _passing(refusal):
                    raise
                why: Exception = refusal
            except Refused as refused:
                if refused.status < 500:
                    raise Refusal(
                        "AccessDenied", refused.status, f"no credentials of the role: {refused}"
                    ) from None
                why = refused
            except (http.client.HTTPException, _Broken) as error:
                self._hang_up()
                why = error
            if self._mine.got > furthest:
                furthest, pause, end = self._mine.got, 0.05, time.monotonic() + self._patience
            elif time.monotonic() > end:
                raise Away(f"{self._address.netloc} did not answer: {why}")
            self._sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._cancelled():
            time.sleep(min(left, _LONGEST_SLEEP))

    def _once(
        self,
        method: str,
        bucket: str,
        key: str,
        query: dict[str, str],
        body: Body,
        sink: Callable[[Iterator[bytes]], None] | None,
        headers: dict[str, str] | None = None,
    ) -> tuple[dict[str, str], bytes]:
        path, search = path_of(bucket, key), query_of(query)
        self._mine.got = 0
        try:
            answer = self._send(method, path, search, body, headers or {})
            if answer.status >= 300:
                raise _refusal(answer.status, answer.read())
            if sink is None:
                return dict(answer.headers), answer.read()
        except Cancelled:  # in the middle of a body
            self._hang_up()
            raise
        except OSError as error:  # also a name that does not resolve, a network that is down
            raise _Broken(str(error)) from None
        try:
            sink(self._pieces(answer))
        except BaseException:
            self._hang_up()
            raise
        return dict(answer.headers), b""

    def _send(
        self, method: str, path: str, search: str, body: Body, more: dict[str, str]
    ) -> http.client.HTTPResponse:
        headers = {"Host": self._address.netloc, **more}
        found = self._credentials.key()
        if found:
            digest = body.digest() if body.size else EMPTY
            headers = sign(found, self._region, method, path, search, headers, digest, time.time())
        if method in ("PUT", "POST"):
            headers["Content-Length"] = str(body.size)
        line = self._line()
        pieces = self._wanted(body.chunks()) if body.size else None
        line.request(method, f"{path}?{search}" if search else path, pieces, headers)
        self._await(line)
        return line.getresponse()

    def _await(self, line: http.client.HTTPConnection) -> None:
        """Until the answer begins, or the connection's own time-out is to say that it does not."""
        poll = select.poll()
        poll.register(line.sock, select.POLLIN)
        end = time.monotonic() + _TIMEOUT
        while not poll.poll(_LONGEST_SLEEP * 1000) and time.monotonic() < end:
            if self._cancelled():
                raise Cancelled

    def _wanted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces of a body, as long as it is wanted."""
        for piece in pieces:
            yield piece
            if self._cancelled():
                raise Cancelled

    def _pieces(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        wanted = int(answer.headers.get("Content-Length") or -1)
        got = 0
        while True:
            try:
                piece = answer.read(CHUNK)
            except (http.client.HTTPException, OSError) as error:
                raise _Broken(str(error)) from None
            if self._cancelled():
                raise Cancelled
            if not piece:
                break
            got += len(piece)
            self._mine.got = got
            yield piece
        if wanted >= 0 and got != wanted:
            raise _Broken(f"{got} of {wanted} bytes came")

    def _line(self) -> http.client.HTTPConnection:
        if getattr(self._mine, "line", None) is None:
            kind = (
                http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
            )
            self._mine.line = kind(self._address.hostname or "", self._address.port, timeout=_TIMEOUT)
        return self._mine.line

    def _hang_up(self) -> None:
        line = getattr(self._mine, "line", None)
        self._mine.line = None
        if line is not None:
            line.close()


class _Broken(Exception):
    """The body of an answer stopped before its end."""


def _encryption(kms_key: str) -> dict[str, str]:
    """Return the headers that ask for encryption under a KMS key; none where S3 is to follow the bucket."""
    if not kms_key:
        return {}
    name = "x-amz-server-side-encryption"
    return {name: "aws:kms", f"{name}-aws-kms-key-id": kms_key}


def _passing(refusal: Refusal) -> bool:
    return (
        refusal.status >= 500
        or refusal.status == 429
        or refusal.code in ("SlowDown", "RequestTimeout", "Throttling")
    )


def _refusal(status: int, body: bytes) -> Refusal:
    try:
        page = ElementTree.fromstring(body)
        return Refusal(_text(page, "Code") or str(status), status, _text(page, "Message"))
    except ElementTree.ParseError:
        names = {403: "AccessDenied", 404: "NoSuchKey"}
        return Refusal(names.get(status, str(status)), status, body[:200].decode(errors="replace"))


def _text(page: ElementTree.Element, name: str) -> str:
    """Return the text of a child, whatever its namespace."""
    return next((child.text or "" for child in page if child.tag.rpartition("}")[2] == name), "")


def _objects(page: ElementTree.Element) -> list[Listed]:
    encoded = _text(page, "EncodingType") == "url"
    found = []
    for child in page:
        if child.tag.rpartition("}")[2] == "Contents":
            key = _text(child, "Key")
            found.append(
                Listed(
                    unquote_plus(key) if encoded else key,
                    int(_text(child, "Size")),
                    _text(child, "LastModified"),
                    _text(child, "ETag").strip('"'),
                )
            )
    return found


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI. ValueError for any other address."""
    if not uri.startswith("s3://"):
        raise ValueError(f"{uri!r} is not an S3 URI")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket:
        raise ValueError(f"{uri!r} names no bucket")
    return bucket, key
