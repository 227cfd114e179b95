"""Images made by hand, and a small registry in memory that serves them by the OCI distribution protocol."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from clary.runs.api import Image
from clary_supervisor.image_config import architecture

HOST = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_APPLETS = (
    "sh",
    "cat",
    "cp",
    "echo",
    "env",
    "false",
    "hostname",
    "id",
    "ls",
    "mkdir",
    "nc",
    "sleep",
    "true",
    "wget",
    "httpd",
)


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def member(
    name: str, data: bytes | None = b"", mode: int = 0o755, **members: Any
) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member of a layer: a file, or with None a folder; `members` are those of TarInfo."""
    info = tarfile.TarInfo(name)
    info.mode = mode
    info.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    for key, value in members.items():
        setattr(info, key, value)
    info.size = len(data or b"") if info.isreg() else 0
    return info, data or b""


def layer(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return the archive of a layer."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return raw.getvalue()


def busybox() -> bytes:
    """Return a layer with a shell and small programs."""
    found = shutil.which("busybox")
    if not found:
        pytest.skip("busybox is not installed (Debian: busybox-static)")
    with open(found, "rb") as file:
        program = file.read()
    if b"ld-linux" in program[:4096]:
        pytest.skip("busybox is not linked statically (Debian: busybox-static)")
    links = [member(f"bin/{name}", type=tarfile.SYMTYPE, linkname="busybox") for name in _APPLETS]
    return layer(member("bin", None), member("bin/busybox", program), *links)


class ImageRegistry:
    """Blobs and manifests by digest. `denied` digests are refused; `lies` are sent with a byte changed; the next answers to
    GET stop after so many bytes of `cuts`. `asked` is what came. Use as a context manager."""

    def __init__(self, password: str = "") -> None:
        self.blobs: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}
        self.denied: set[str] = set()
        self.lies: set[str] = set()
        self.cuts: list[int] = []
        self.asked: list[tuple[str, str]] = []
        self.password = password
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(self, data: bytes, kind: str = "application/octet-stream") -> dict[str, Any]:
        """Keep a blob, and return its descriptor."""
        self.blobs[digest_of(data)], self.kinds[digest_of(data)] = data, kind
        return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}

    def add_image(self, *layers: bytes, zipped: bool = True, machine: str = "", **config: Any) -> str:
        """Keep an image of these layers, the lowest first; return the digest of its manifest. `config` is Entrypoint, Env …"""
        whole = {
            "os": "linux",
            "architecture": machine or architecture(),
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [digest_of(one) for one in layers]},
        }
        kind = "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if zipped else "")
        sent = [gzip.compress(one, 1, mtime=0) if zipped else one for one in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.add(json.dumps(whole).encode(), "application/vnd.oci.image.config.v1+json"),
            "layers": [self.add(one, kind) for one in sent],
        }
        return self.add(json.dumps(manifest).encode(), MANIFEST)["digest"]

    def add_index(self, **images: str) -> str:
        """Keep an index of images by their machine; return its digest."""
        listed = [
            {
                "mediaType": MANIFEST,
                "digest": digest,
                "size": len(self.blobs[digest]),
                "platform": {"os": "linux", "architecture": machine},
            }
            for machine, digest in images.items()
        ]
        text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed})
        return self.add(text.encode(), INDEX)["digest"]

    def image(self, digest: str, **members: Any) -> Image:
        """Return the image for a RunSpec."""
        return Image(HOST, "team/model", digest, **members)

    def __enter__(self) -> ImageRegistry:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(registry: ImageRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            registry.asked.append((self.headers.get("Range") or self.command, self.path))
            given = base64.b64encode(f"AWS:{registry.password}".encode()).decode()
            if registry.password and self.headers.get("Authorization") != f"Basic {given}":
                self._say(401, b"", {"WWW-Authenticate": 'Basic realm="a registry"'})
                return
            digest = self.path.rpartition("/")[2]
            data = registry.blobs.get(digest)
            if digest in registry.denied:
                self._say(
                    403, _error("DENIED", "User is not authorized to perform: ecr:GetDownloadUrlForLayer")
                )
            elif data is None or self.headers.get("Host") != HOST:
                self._say(404, _error("MANIFEST_UNKNOWN", "Requested image not found"))
            else:
                data = data[:-1] + bytes([data[-1] ^ 1]) if digest in registry.lies else data
                self._say(200, data, {"Content-Type": registry.kinds[digest]})

        def _say(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                cut = registry.cuts.pop(0) if registry.cuts and "/blobs/" in self.path else len(data)
                with contextlib.suppress(ConnectionError):  # who asks for a part may hang up
                    self.wfile.write(data[:cut])
                if cut < len(data):
                    self.close_connection = True

    return Handler


def _error(code: str, message: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


def python() -> bytes:
    """Return a layer with this interpreter, its standard library and the C libraries that it needs, at the same paths."""
    folders = (
        sys.base_prefix if not sys.base_prefix.startswith("/usr") else "",
        sysconfig.get_path("stdlib"),
    )
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        program = os.path.realpath(sys.executable)
        libraries = {program}
        for folder in filter(None, dict.fromkeys(folders[1:])):
            for at, names, files in os.walk(folder):
                names[:] = [
                    name for name in names if name not in _LEFT_OUT and not name.startswith("config-")
                ]
                for name in files:
                    libraries |= {f"{at}/{name}"} if name.endswith(".so") else set()
                    archive.add(f"{at}/{name}", f"{at}/{name}".lstrip("/"), recursive=False)
        archive.add(program, program.lstrip("/"))
        for library in sorted(needed(sorted(libraries))):
            archive.add(os.path.realpath(library), library.lstrip("/"))
        link = tarfile.TarInfo("bin/python3")
        link.type, link.linkname = tarfile.SYMTYPE, program
        archive.addfile(link)
    return raw.getvalue()


_LEFT_OUT = {
    "test",
    "tests",
    "site-packages",
    "dist-packages",
    "__pycache__",
    "idlelib",
    "tkinter",
    "lib2to3",
    "ensurepip",
}


def needed(programs: list[str]) -> set[str]:
    """Return the C libraries that programs need, by their paths."""
    said = subprocess.run(["ldd", *programs], capture_output=True, text=True).stdout
    return set(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", said, re.MULTILINE))
