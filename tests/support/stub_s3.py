"""A small S3 in memory for the executor's tests: it verifies every signature with botocore's signer, the oracle here.

Speaks ListObjectsV2, GetObject, PutObject, multipart uploads and the container-credentials address.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOKEN = "a-token-of-the-run"
SECRET = "stub/secret+key"


class StubS3:
    """Objects by (bucket, key); switches say how it misbehaves. Use as a context manager."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.page = 1000
        self.away = threading.Event()  # set: every request fails with 503
        self.hold = threading.Event()  # cleared: data requests wait
        self.hold.set()
        self.held = threading.Event()  # set while one waits
        self.hold_parts = threading.Event()  # cleared: parts of uploads wait
        self.hold_parts.set()
        self.cuts: list[int] = []  # the next bodies stop after so many bytes, and the line with them
        self.denied: set[str] = set()  # buckets
        self.lives = 3600.0  # seconds that a credential lives
        self.generation = 0
        self.parts: dict[str, dict[int, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def spec(self) -> dict[str, Any]:
        """Members of RunSpec that lead here."""
        return {
            "endpoint": self.endpoint,
            "credentials_uri": f"{self.endpoint}/credentials?role=r",
            "credentials_token": TOKEN,
        }

    def put(self, uri: str, data: bytes) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.objects[bucket, key] = data

    def get(self, uri: str) -> bytes | None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.objects.get((bucket, key))

    def keys(self, bucket: str) -> list[str]:
        return sorted(key for at, key in self.objects if at == bucket)

    def credential(self) -> dict[str, str]:
        self.generation += 1
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.lives))
        return {
            "AccessKeyId": f"ASIASTUB{self.generation:08d}",
            "SecretAccessKey": SECRET,
            "Token": f"session+token/{self.generation}",
            "Expiration": ends,
        }

    def __enter__(self) -> StubS3:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self.hold_parts.set()
        self._server.shutdown()
        self._server.server_close()


def signature_of(method: str, url: str, headers: dict[str, str], body: bytes) -> str:
    """What botocore would sign for a request with these signed headers."""
    stamp = headers["x-amz-date"]
    request = AWSRequest(method=method, url=url, data=body, headers={})
    signer = S3SigV4Auth(Credentials("ID", SECRET, headers.get("x-amz-security-token")), "s3", "us-east-1")
    key_id = headers["authorization"].split("Credential=")[1].split("/")[0]
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    for name in names:
        request.headers[name] = headers[name]
    request.context["timestamp"] = stamp
    request.context["payload_signing_enabled"] = True
    signer.credentials = Credentials(key_id, SECRET, headers.get("x-amz-security-token"))
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return signer.signature(text, request)


def _handler(stub: StubS3) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _all(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _, search = self.path.partition("?")
            stub.requests.append((self.command, self.path))
            if stub.away.is_set():
                return self._answer(503, b"<Error><Code>ServiceUnavailable</Code></Error>")
            if path == "/credentials":
                return self._credentials()
            for hold in [stub.hold, *([stub.hold_parts] if "partNumber" in search else [])]:
                if not hold.is_set():
                    stub.held.set()
                    hold.wait()
            wrong = self._verify(body)
            if wrong:
                return self._error(403, wrong, wrong)
            bucket, _, key = unquote(path).lstrip("/").partition("/")
            if bucket in stub.denied:
                return self._error(403, "AccessDenied", "Access Denied")
            return self._object(bucket, key, dict(parse_qsl(search, keep_blank_values=True)), body)

        do_GET = do_PUT = do_POST = do_DELETE = _all

        def _credentials(self) -> None:
            if self.headers["Authorization"] != TOKEN:
                return self._answer(401, b"no")
            return self._answer(200, json.dumps(stub.credential()).encode())

        def _verify(self, body: bytes) -> str:
            headers = {name.lower(): value for name, value in self.headers.items()}
            if "authorization" not in headers:
                return "AccessDenied"
            if headers["x-amz-security-token"] != f"session+token/{stub.generation}":
                return "ExpiredToken"
            if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
                return "XAmzContentSHA256Mismatch"
            wanted = signature_of(self.command, stub.endpoint + self.path, headers, body)
            return "" if headers["authorization"].endswith(f"Signature={wanted}") else "SignatureDoesNotMatch"

        def _object(self, bucket: str, key: str, query: dict[str, str], body: bytes) -> None:
            if "list-type" in query:
                return self._list(bucket, query)
            if self.command == "GET":
                found = stub.objects.get((bucket, key))
                if found is None:
                    return self._error(404, "NoSuchKey", "The specified key does not exist.")
                return self._cut(found) if stub.cuts else self._answer(200, found)
            if "uploads" in query:
                stub.parts["u1"] = {}
                return self._answer(200, b"<R><UploadId>u1</UploadId></R>")
            if "partNumber" in query:
                stub.parts[query["uploadId"]][int(query["partNumber"])] = body
                return self._answer(200, b"", {"ETag": f'"{query["partNumber"]}"'})
            if self.command == "DELETE":
                stub.parts.pop(query["uploadId"])
                return self._answer(204, b"")
            if self.command == "POST":
                parts = stub.parts.pop(query["uploadId"])
                stub.objects[bucket, key] = b"".join(parts[number] for number in sorted(parts))
                return self._answer(200, b"<CompleteMultipartUploadResult/>")
            stub.objects[bucket, key] = body
            return self._answer(200, b"", {"ETag": '"x"'})

        def _cut(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: stub.cuts.pop(0)])
            self.close_connection = True

        def _list(self, bucket: str, query: dict[str, str]) -> None:
            after = query.get("continuation-token", "")
            keys = [key for key in stub.keys(bucket) if key.startswith(query["prefix"]) and key > after]
            page = keys[: stub.page]
            more = len(keys) > len(page)
            rows = "".join(
                f"<Contents><Key>{escape(quote(key, safe='/'))}</Key><Size>{len(stub.objects[bucket, key])}</Size>"
                "<LastModified>2026-01-02T03:04:05.000Z</LastModified>"
                f"<ETag>&quot;{hashlib.md5(stub.objects[bucket, key]).hexdigest()}&quot;</ETag></Contents>"
                for key in page
            )
            token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
            text = (
                '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>'
                f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"
            )
            self._answer(200, text.encode())

        def _error(self, status: int, code: str, message: str) -> None:
            self._answer(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            try:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the client was killed
                self.close_connection = True

    return Handler
