"""A small load generator for machines without wrk: a job as JSON on stdin, its figures as JSON on stdout.

Closed loop: every connection sends its next request when the last is answered. It takes more CPU than wrk does, so its
requests per second are lower; the servers' CPU per request is as good.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import httptools
import uvloop


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, figures: Figures) -> None:
        self._request = request
        self._figures = figures
        self._parser = httptools.HttpResponseParser(self)
        self._sent = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if time.perf_counter() < self._figures.until:
            self._figures.errors += 1

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        if self._parser.get_status_code() >= 300:
            self._figures.errors += 1
        self._figures.latencies.append(now - self._sent)
        self._parser = httptools.HttpResponseParser(self)
        if now < self._figures.until:
            self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)


class Figures:
    """What all connections measured. `until` is on time.perf_counter's clock."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.latencies: list[float] = []
        self.errors = 0


async def main() -> None:
    job = json.load(sys.stdin)
    parts = urlsplit(job["url"])
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Host": parts.netloc, "Content-Length": str(len(job["body"]))} | {
        name: value for name, value in job["headers"].items() if name.lower() != "content-length"
    }
    lines = [f"{job['method']} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    request = ("\r\n".join(lines) + "\r\n\r\n" + job["body"]).encode("latin-1")
    began = time.perf_counter()
    figures = Figures(began + job["seconds"])
    loop = asyncio.get_running_loop()
    for _ in range(job["clients"]):
        await loop.create_connection(lambda: Client(request, figures), parts.hostname, parts.port)
    await asyncio.sleep(job["seconds"])
    seconds = time.perf_counter() - began
    found = sorted(figures.latencies) or [0.0]
    said = {
        "seconds": seconds,
        "requests": len(figures.latencies),
        "p50": found[len(found) // 2] * 1e6,
        "p99": found[min(len(found) - 1, len(found) * 99 // 100)] * 1e6,
        "errors": figures.errors,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    uvloop.run(main())
