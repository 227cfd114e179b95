"""The run's credentials, from the container-credentials address, fetched again before they end. Knows no S3."""

from __future__ import annotations

import calendar
import http.client
import json
import threading
import time
from urllib.parse import urlsplit

from .signing import Key

_EARLY = 300.0  # seconds before their end at which credentials are fetched again
_TIMEOUT = 30.0


class Refused(Exception):
    """The address answers, and says no. `status` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class Credentials:
    """Thread-safe. An empty address gives no key: requests go unsigned."""

    def __init__(self, uri: str, token: str) -> None:
        self._uri = uri
        self._token = token
        self._key: Key | None = None
        self._lock = threading.Lock()

    def key(self) -> Key | None:
        """Return a key that is valid for minutes. Raise OSError or http.client.HTTPException if the address
        does not answer, Refused if it rejects the request."""
        if not self._uri:
            return None
        with self._lock:
            if self._key is None or (self._key.ends is not None and self._key.ends - time.time() < _EARLY):
                self._key = self._fetch()
            return self._key

    def drop(self) -> None:
        """Discard a key that was refused, so that the next call fetches another."""
        with self._lock:
            self._key = None

    def _fetch(self) -> Key:
        parts = urlsplit(self._uri)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            line.request("GET", target, headers={"Authorization": self._token, "Accept": "application/json"})
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        if answer.status != 200:
            raise Refused(answer.status, body[:200].decode(errors="replace"))
        return _key(json.loads(body))


def _key(found: dict[str, str]) -> Key:
    ends = found.get("Expiration")
    return Key(
        found["AccessKeyId"],
        found["SecretAccessKey"],
        found.get("Token", ""),
        _seconds(ends) if ends else None,
    )


def _seconds(text: str) -> float:
    """Return `2026-11-21T10:00:00Z`, with or without a fraction."""
    return float(calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")))
