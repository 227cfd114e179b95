"""Pushes images that were made by hand to a live platform, by the OCI distribution protocol."""

from __future__ import annotations

import http.client
import json
from typing import Any

from tests.support.image_registry import ImageRegistry
from tests.support.live import Live


def push(live: Live, images: ImageRegistry, digest: str, repository: str, tag: str = "latest") -> str:
    """Create a repository, push an image with all that it names, and return its URI as Amazon ECR spells it."""
    ecr = live.client("ecr")
    made = ecr.create_repository(repositoryName=repository)["repository"]
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    manifest = json.loads(images.blobs[digest])
    for blob in (manifest["config"], *manifest["layers"]):
        _ask(
            live,
            token,
            "POST",
            f"{repository}/blobs/uploads/?digest={blob['digest']}",
            images.blobs[blob["digest"]],
        )
    _ask(live, token, "PUT", f"{repository}/manifests/{tag}", images.blobs[digest], images.kinds[digest])
    return f"{made['repositoryUri']}:{tag}"


def _ask(
    live: Live, token: str, method: str, path: str, body: bytes, kind: str = "application/octet-stream"
) -> Any:
    line = http.client.HTTPConnection("127.0.0.1", live.port, timeout=30)
    line.request(method, f"/v2/{path}", body, {"Authorization": f"Basic {token}", "Content-Type": kind})
    answer = line.getresponse()
    said = answer.read()
    line.close()
    assert answer.status == 201, (answer.status, said)
