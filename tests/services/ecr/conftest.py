"""A repository, and a client of the distribution protocol that signs in with an authorization token."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from clary.plane import Platform
from clary.server.accounts import ensure_account
from clary.server.consumers import Consumers
from tests.inprocess import ENDPOINT, InProcess
from tests.support.principals import OTHER

CONFIG = b'{"architecture": "amd64", "os": "linux"}'
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def descriptor(data: bytes, kind: str = LAYER) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(data), "digest": digest_of(data)}


def manifest_of(*layers: bytes, config: bytes = CONFIG, **more: Any) -> bytes:
    """The manifest of an image with these layers."""
    said = {
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": descriptor(config, CONFIG_TYPE),
        "layers": [descriptor(layer) for layer in layers],
    }
    return json.dumps(said | more).encode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of an error of the protocol."""
        return json.loads(self.body)["errors"][0]["code"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Registry:
    """Speaks the distribution protocol with a platform, as the caller who asked for the token. `host` is the registry's."""

    app: InProcess
    token: str
    host: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        sent = {"authorization": f"Basic {self.token}"} if self.token else {}
        sent |= {"host": self.host} if self.host else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else ENDPOINT + path
        status, found, data = self.app.request(method, url, sent, body)
        return Answer(status, dict(found), data)

    def push_blob(self, repository: str, data: bytes) -> str:
        """Upload a blob as clients do: begin, send, complete. Its digest."""
        begun = self.ask("POST", f"/v2/{repository}/blobs/uploads/")
        assert begun.status == 202, begun
        sent = self.ask("PATCH", begun.headers["location"], data)
        assert sent.status == 202, sent
        done = self.ask("PUT", f"{sent.headers['location']}?digest={digest_of(data)}")
        assert done.status == 201, done
        return digest_of(data)

    def put_manifest(self, repository: str, reference: str, manifest: bytes, kind: str = OCI) -> Answer:
        return self.ask("PUT", f"/v2/{repository}/manifests/{reference}", manifest, content_type=kind)

    def push(self, repository: str, tag: str, *layers: bytes) -> str:
        """Push an image. Its digest."""
        for data in (*layers, CONFIG):
            self.push_blob(repository, data)
        put = self.put_manifest(repository, tag, manifest_of(*layers))
        assert put.status == 201, put
        return put.headers["docker-content-digest"]


@pytest.fixture
def ecr(client: Callable[..., Any]) -> Any:
    return client("ecr")


@pytest.fixture
def registry(app: InProcess, ecr: Any) -> Registry:
    """The registry of the root user, at the platform's own address."""
    return sign_in(app, ecr)


def sign_in(app: InProcess, ecr: Any, host: str = "") -> Registry:
    """The registry as the caller of a client."""
    return Registry(app, ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"], host)


@pytest.fixture
def repository(ecr: Any) -> str:
    return ecr.create_repository(repositoryName="team/app")["repository"]["repositoryName"]


@pytest.fixture
def stranger(platform: Platform) -> dict[str, str]:
    """The keys of another account's root user, as client arguments."""
    made = {"key": "AKIAOTHEROTHEROTHERO", "secret": "other-secret-other-secret-other-secret-ot"}
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, made["key"], made["secret"])
    return made


@pytest.fixture
def act(platform: Platform) -> Callable[[], object]:
    """Let the consumers of the change feed act on what has changed."""
    consumers = Consumers(platform)
    return consumers.once
