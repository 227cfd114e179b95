"""Images are pushed and pulled by the distribution protocol, and are then what the API shows."""

from __future__ import annotations

from typing import Any

from tests.conftest import ACCOUNT
from tests.inprocess import InProcess
from tests.services.ecr.conftest import CONFIG, Registry, digest_of, manifest_of, sign_in


def test_what_is_pushed_is_pulled(ecr: Any, registry: Registry, repository: str) -> None:
    layer = b"layer" * 50_000
    digest = registry.push(repository, "1.0", layer)
    pulled = registry.ask("GET", f"/v2/{repository}/manifests/1.0")
    assert pulled.body == manifest_of(layer)
    assert pulled.headers["docker-content-digest"] == digest == digest_of(pulled.body)
    assert registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(layer)}").body == layer
    assert registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(CONFIG)}").body == CONFIG
    (shown,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert (shown["imageDigest"], shown["imageTags"]) == (digest, ["1.0"])
    assert shown["imageSizeInBytes"] == len(layer) + len(CONFIG)
    image = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "1.0"}])["images"][0]
    assert image["imageManifest"].encode() == pulled.body


def test_hosts_of_registries(app: InProcess, ecr: Any, client: Any) -> None:
    """One repository is at AWS's host, below the platform's name and at its address; another region has another."""
    ecr.create_repository(repositoryName="app")
    client("ecr", region_name="eu-west-1").create_repository(repositoryName="app")
    digest = sign_in(app, ecr).push("app", "1", b"layer")
    for host in (
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.us-east-1.localhost:4566",
        "localhost:4566",
        "127.0.0.1:4566",
    ):
        found = sign_in(app, ecr, host).ask("HEAD", "/v2/app/manifests/1")
        assert (found.status, found.headers["docker-content-digest"]) == (200, digest)
    for there in (
        sign_in(app, ecr, f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"),
        sign_in(app, client("ecr", region_name="eu-west-1")),
    ):
        assert there.ask("GET", "/v2/app/manifests/1").status == 404
