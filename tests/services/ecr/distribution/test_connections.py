"""Uploads over real connections: one that breaks off leaves nothing, and the client goes on; skopeo copies an image."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.plane import Platform
from clary.server.options import Options
from tests.inprocess import Loop
from tests.services.ecr.conftest import CONFIG, CONFIG_TYPE, LAYER, OCI, Registry, digest_of
from tests.support.scratch_sites import SiteServer

needs_skopeo = pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is missing")
BLOB = b"0123456789" * 100_000


@pytest.fixture
def served(platform: Platform, loop: Loop, options: Options) -> Iterator[SiteServer]:
    server = SiteServer(platform, loop, options)
    yield server
    server.stop()


def files(platform: Platform) -> int:
    """How many large blobs there are, whole or on their way."""
    objects = platform.settings.home / "objects"
    return sum(path.is_file() for part in ("blobs", "tmp") for path in (objects / part).rglob("*"))


@pytest.mark.parametrize("framing", ["content-length: 1000000", "transfer-encoding: chunked"])
def test_a_chunk_that_breaks_off_leaves_nothing_and_the_client_goes_on(
    registry: Registry, repository: str, served: SiteServer, platform: Platform, framing: str
) -> None:
    place = registry.ask("POST", f"/v2/{repository}/blobs/uploads/").headers["location"]
    assert registry.ask("PATCH", place, BLOB[:10]).status == 202
    body = BLOB[10:300_000]
    if "chunked" in framing:
        body = b"%x\r\n%s\r\n" % (len(body), body)
    head = f"PATCH {place} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Basic {registry.token}\r\n{framing}\r\n\r\n"
    served.say(head.encode() + body)
    status = registry.ask("GET", place)
    assert (status.status, status.headers["range"]) == (204, "0-9")
    assert files(platform) == 0
    place = registry.ask("PATCH", place, BLOB[10:], content_range=f"10-{len(BLOB) - 1}").headers["location"]
    assert registry.ask("PUT", f"{place}?digest={digest_of(BLOB)}").status == 201
    assert registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(BLOB)}").body == BLOB


def layout(folder: Path, *layers: bytes) -> str:
    """An image in a folder, as the OCI image specification lays it out. Its digest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes, kind: str) -> dict[str, Any]:
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"mediaType": kind, "size": len(data), "digest": f"sha256:{name}"}

    said = {
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": blob(CONFIG, CONFIG_TYPE),
        "layers": [blob(layer, LAYER) for layer in layers],
    }
    manifest = blob(json.dumps(said).encode(), OCI)
    named = manifest | {"annotations": {"org.opencontainers.image.ref.name": "latest"}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return manifest["digest"]


def skopeo(*words: str) -> str:
    done = subprocess.run(["skopeo", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_skopeo
def test_skopeo_copies_an_image_to_a_repository_and_back(
    ecr: Any, registry: Registry, repository: str, served: SiteServer, tmp_path: Path
) -> None:
    digest = layout(tmp_path / "image", gzip.compress(BLOB), gzip.compress(b"small"))
    who = base64.b64decode(registry.token).decode()
    there = f"docker://127.0.0.1:{served.port}/{repository}:1"
    skopeo("copy", "--dest-tls-verify=false", "--dest-creds", who, f"oci:{tmp_path}/image:latest", there)
    (shown,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert (shown["imageDigest"], shown["imageTags"]) == (digest, ["1"])
    assert json.loads(skopeo("inspect", "--tls-verify=false", "--creds", who, there))["Digest"] == digest
    skopeo("copy", "--src-tls-verify=false", "--src-creds", who, there, f"oci:{tmp_path}/back:latest")
    blobs = sorted(path.name for path in (tmp_path / "back" / "blobs" / "sha256").iterdir())
    assert blobs == sorted(path.name for path in (tmp_path / "image" / "blobs" / "sha256").iterdir())
    skopeo("delete", "--tls-verify=false", "--creds", who, there)
    assert ecr.list_images(repositoryName=repository)["imageIds"] == []
