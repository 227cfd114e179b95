"""Reads images from a registry by the OCI distribution protocol, as the role of a run. Knows no layer's content.

Who may read what is the registry's to say: each request carries the token that ecr:GetAuthorizationToken gave to the role.
Source: OCI distribution specification 1.1, "Pull"; RFC 6750 for a registry that asks for a bearer token.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import time
from urllib.parse import quote, urlsplit

from .credentials import Credentials, Refused
from .s3 import CHUNK, Away, Cancelled
from .signing import sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
_TIMEOUT = 60.0
_LONGEST_PAUSE = 5.0
_DOCUMENT = 4 << 20  # bytes of a manifest or a configuration, as registries limit them


class Denied(Exception):
    """The registry says no: the status of HTTP and what it said."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said or str(status))
        self.status = status


class Damaged(Exception):
    """What came is not what its digest names."""


class Registry:
    """One repository of a registry. `host` is the registry's name, which is reached at `endpoint`."""

    def __init__(
        self,
        endpoint: str,
        host: str,
        repository: str,
        region: str,
        credentials: Credentials,
        patience: float,
        cancelled: Callable[[], bool],
    ) -> None:
        self._address = urlsplit(endpoint)
        self._host = host
        self._path = f"/v2/{quote(repository, safe='/-_.~')}"
        self._region = region
        self._credentials = credentials
        self._patience = patience
        self._cancelled = cancelled
        self._authorization = ""

    # what there is ------------------------------------------------------------------------------------------------
    def manifest(self, digest: str) -> dict[str, Any]:
        """Return a manifest or an index. Raise Denied, Damaged, Away, Cancelled."""
        accept = ", ".join((*MANIFESTS, *INDEXES))
        return self._document(f"manifests/{digest}", digest, accept)

    def configuration(self, digest: str) -> dict[str, Any]:
        """Return the configuration of an image."""
        return self._document(f"blobs/{digest}", digest, "*/*")

    def require(self, digest: str) -> None:
        """Raise Denied where the role may not read a blob, or the repository does not have it."""
        self._patiently(lambda: self._ask("GET", f"blobs/{digest}", "*/*", {"Range": "bytes=0-0"}).close())

    def fetch(self, digest: str, sink: Callable[[Iterator[bytes]], Any]) -> Any:
        """Give a blob to `sink`, and return what that returns. It is called again from the start when the line breaks."""
        return self._patiently(lambda: sink(self._pieces(digest)))

    def _document(self, path: str, digest: str, accept: str) -> dict[str, Any]:
        text = self._patiently(lambda: self._text(path, accept))
        if f"sha256:{hashlib.sha256(text).hexdigest()}" != digest:
            raise Damaged(f"{digest} is not what the registry sent")
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Damaged(f"{digest} is not a JSON object")
        return found

    def _text(self, path: str, accept: str) -> bytes:
        answer = self._ask("GET", path, accept)
        if int(answer.headers.get("Content-Length") or 0) > _DOCUMENT:
            raise Damaged(f"{path} is longer than {_DOCUMENT} bytes")
        text = answer.read(_DOCUMENT)
        _require_all(answer, len(text))
        return text

    def _pieces(self, digest: str) -> Iterator[bytes]:
        answer = self._ask("GET", f"blobs/{digest}", "*/*")
        made = hashlib.sha256()
        came = 0
        while piece := answer.read(CHUNK):
            if self._cancelled():
                raise Cancelled
            made.update(piece)
            came += len(piece)
            yield piece
        _require_all(answer, came)
        if f"sha256:{made.hexdigest()}" != digest:
            raise Damaged(f"{digest} is not what the registry sent")

    # requests -----------------------------------------------------------------------------------------------------
    def _patiently(self, act: Callable[[], Any]) -> Any:
        """Do it until the platform answers, for as long as a run waits for it."""
        end = time.monotonic() + self._patience
        pause = 0.05
        while True:
            if self._cancelled():
                raise Cancelled
            try:
                return act()
            except Refused as refused:
                if refused.status < 500:
                    raise Denied(refused.status, f"no credentials of the role: {refused}") from None
                why: Exception = refused
            except Denied as denied:
                if denied.status < 500 and denied.status != 429:
                    raise
                why = denied
            except (OSError, http.client.HTTPException) as error:
                why = error
            if time.monotonic() > end:
                raise Away(f"the registry {self._host} did not answer: {why}")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _ask(
        self, method: str, path: str, accept: str, more: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """Return the answer to a request, asked again with a token where the registry wants one."""
        headers = {"Accept": accept, **(more or {})}
        answer = self._send(method, f"{self._path}/{path}", headers)
        if answer.status == 401:
            self._authorization = self._authorize(answer.headers.get("WWW-Authenticate", ""))
            answer = self._send(method, f"{self._path}/{path}", headers)
        if answer.status not in (200, 206):
            raise Denied(answer.status, _said(answer.read(4096)))
        return answer

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> http.client.HTTPResponse:
        """Send a request on a connection of its own, which ends with the answer."""
        kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
        line = kind(self._address.hostname or "", self._address.port, timeout=_TIMEOUT)
        headers = {"Host": self._host, "Connection": "close", **headers}
        if self._authorization:
            headers.setdefault("Authorization", self._authorization)
        line.request(method, path, body or None, headers)
        return line.getresponse()

    # the token ----------------------------------------------------------------------------------------------------
    def _authorize(self, challenge: str) -> str:
        """Return the header that answers a challenge."""
        scheme, _, rest = challenge.partition(" ")
        basic = f"Basic {self._token()}"
        if scheme.lower() != "bearer":
            return basic
        asked = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        realm = urlsplit(asked.pop("realm", ""))
        query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
        answer = self._send("GET", f"{realm.path}?{query}", {"Authorization": basic})
        if answer.status != 200:
            raise Denied(answer.status, _said(answer.read(4096)))
        given = json.loads(answer.read(_DOCUMENT))
        return f"Bearer {given.get('token') or given.get('access_token')}"

    def _token(self) -> str:
        """Return the authorization token of ECR for the role, which is base64 of AWS:password."""
        key = self._credentials.key()
        if key is None:
            return base64.b64encode(b"AWS:").decode()
        body = b"{}"
        headers = {
            "Host": self._address.netloc,
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": _TARGET,
        }
        digest = hashlib.sha256(body).hexdigest()
        signed = sign(key, self._region, "POST", "/", "", headers, digest, time.time(), service="ecr")
        answer = self._send("POST", "/", signed, body)
        text = answer.read(_DOCUMENT)
        if answer.status != 200:
            raise Denied(answer.status, _said(text))
        return json.loads(text)["authorizationData"][0]["authorizationToken"]


def _require_all(answer: http.client.HTTPResponse, came: int) -> None:
    """Raise OSError where the line broke, which http.client only tells of an answer that is read in one piece."""
    wanted = int(answer.headers.get("Content-Length") or 0)
    if came < wanted:
        raise OSError(f"{came} of {wanted} bytes came")


def _said(body: bytes) -> str:
    """Return the sentence of a registry's error, or of ECR's."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    listed = found.get("errors")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else found
    return str(first.get("message") or first.get("Message") or first.get("code") or "")
