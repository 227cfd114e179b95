"""Rounds of SendMessage, ReceiveMessage and DeleteMessage by some connections: a job as JSON on stdin, figures as JSON on stdout.

The first two requests are always the same and come signed; the third names what was received, and is signed here.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import hmac
import json
import re
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import uvloop

_HANDLE = re.compile(rb'"ReceiptHandle": ?"([^"]+)"')
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SIGNED = "content-type;host;x-amz-date;x-amz-target"
_JSON = "application/x-amz-json-1.0"


class Signer:
    """Signs DeleteMessage of one queue."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.host = urlsplit(job["url"]).netloc
        self.queue, self.key = job["queue"], job["key"]
        self.date = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.date[:8]}/us-east-1/sqs/aws4_request"
        secret = b"AWS4" + job["secret"].encode()
        for word in self.scope.split("/"):
            secret = hmac.digest(secret, word.encode(), "sha256")
        self.secret = secret

    def delete(self, handle: str) -> bytes:
        body = json.dumps({"QueueUrl": self.queue, "ReceiptHandle": handle})
        said = f"content-type:{_JSON}\nhost:{self.host}\nx-amz-date:{self.date}\nx-amz-target:AmazonSQS.DeleteMessage\n"
        whole = f"POST\n/\n\n{said}\n{_SIGNED}\n{hashlib.sha256(body.encode()).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{hashlib.sha256(whole.encode()).hexdigest()}"
        signature = hmac.new(self.secret, text.encode(), "sha256").hexdigest()
        credential = f"AWS4-HMAC-SHA256 Credential={self.key}/{self.scope}, SignedHeaders={_SIGNED}, Signature={signature}"
        head = (
            said.replace("\n", "\r\n") + f"authorization: {credential}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return f"POST / HTTP/1.1\r\n{head}{body}".encode()


class Connection:
    """A connection that is made again where the server closes it after each answer, as moto's does."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> bytes:
        """Send a request; the body of its answer. Raise RuntimeError for an error."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        if b"connection: close" in head.lower():
            writer.close()
            self._streams = None
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(body.decode(errors="replace"))
        return body


async def client(job: dict[str, Any], signer: Signer, until: float, taken: list[float]) -> None:
    connection = Connection(job["url"])
    send, receive = (job[name].encode("latin-1") for name in ("send", "receive"))
    while (began := time.perf_counter()) < until:
        await connection.ask(send)
        found = _HANDLE.search(await connection.ask(receive))
        if found is None:
            raise RuntimeError("nothing was received")
        await connection.ask(signer.delete(found[1].decode()))
        taken.append(time.perf_counter() - began)


async def main() -> None:
    job = json.load(sys.stdin)
    signer, taken = Signer(job), list[float]()
    began = time.perf_counter()
    until = began + job["seconds"]
    await asyncio.gather(*(client(job, signer, until, taken) for _ in range(job["clients"])))
    seconds = time.perf_counter() - began
    found = sorted(taken)
    print(json.dumps({"seconds": seconds, "rounds": len(found), "p50": found[len(found) // 2] * 1e6}
                     | {"p99": found[len(found) * 99 // 100] * 1e6}))  # fmt: skip


if __name__ == "__main__":
    uvloop.run(main())
