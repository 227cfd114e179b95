"""Manifests are put, read and deleted; tags and referrers are listed.

The checks are those of the OCI distribution specification 1.1 and of its conformance suite's workflows "Pull", "Push",
"Content Discovery" and "Content Management".
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.ecr.conftest import (
    CONFIG,
    DOCKER,
    OCI,
    OCI_INDEX,
    Registry,
    descriptor,
    digest_of,
    manifest_of,
)


def test_by_tag_and_by_digest(registry: Registry, repository: str) -> None:
    for data in (b"layer", CONFIG):
        registry.push_blob(repository, data)
    manifest = manifest_of(b"layer")
    digest = digest_of(manifest)
    for reference in (digest, "latest"):
        put = registry.put_manifest(repository, reference, manifest)
        assert put.status == 201
        assert registry.ask("GET", put.headers["location"]).body == manifest
        head = registry.ask("HEAD", f"/v2/{repository}/manifests/{reference}")
        assert (head.status, head.headers["content-length"]) == (200, str(len(manifest)))
        assert head.headers["docker-content-digest"] == digest
        assert head.headers["content-type"] == OCI
    assert registry.put_manifest(repository, "latest", manifest).status == 201  # again, which changes nothing


def test_what_is_not_there(registry: Registry, repository: str) -> None:
    for reference in ("none", digest_of(b"none")):
        got = registry.ask("GET", f"/v2/{repository}/manifests/{reference}")
        assert (got.status, got.code) == (404, "MANIFEST_UNKNOWN")
        assert registry.ask("HEAD", f"/v2/{repository}/manifests/{reference}").status == 404
        assert registry.ask("DELETE", f"/v2/{repository}/manifests/{reference}").status == 404
    assert registry.ask("GET", "/v2/none/manifests/1").code == "NAME_UNKNOWN"


def test_a_manifest_of_layers_that_are_not_there_is_refused(
    ecr: Any, registry: Registry, repository: str
) -> None:
    registry.push_blob(repository, CONFIG)
    put = registry.put_manifest(repository, "1", manifest_of(b"missing"))
    assert (put.status, put.code) == (404, "MANIFEST_BLOB_UNKNOWN")
    assert digest_of(b"missing") in put.json["errors"][0]["message"]
    assert ecr.list_images(repositoryName=repository)["imageIds"] == []


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{",
        b"[]",
        b'{"schemaVersion": 1}',
        b'{"schemaVersion": 2}',
        b'{"schemaVersion": 2, "config": {}, "layers": []}',
        json.dumps({"schemaVersion": 2, "mediaType": "text/plain", "config": {}, "layers": []}).encode(),
        b"\xff\xfe",
    ],
)
def test_what_is_no_manifest_is_refused(registry: Registry, repository: str, manifest: bytes) -> None:
    put = registry.put_manifest(repository, "1", manifest)
    assert (put.status, put.code) == (400, "MANIFEST_INVALID")


def test_the_media_type_the_digest_and_the_size_are_those_that_are_said(
    registry: Registry, repository: str
) -> None:
    registry.push("team/app", "1", b"layer")
    manifest = manifest_of(b"layer")
    assert registry.put_manifest(repository, "2", manifest, DOCKER).code == "MANIFEST_INVALID"
    assert registry.put_manifest(repository, digest_of(b"other"), manifest).code == "DIGEST_INVALID"
    said = json.loads(manifest)
    said["layers"][0]["size"] += 1
    assert registry.put_manifest(repository, "2", json.dumps(said).encode()).code == "MANIFEST_INVALID"
    assert registry.put_manifest(repository, "-not-a-tag", manifest).status == 400


def index_of(*manifests: bytes) -> bytes:
    listed = [
        descriptor(one, OCI) | {"platform": {"architecture": str(n), "os": "linux"}}
        for n, one in enumerate(manifests)
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed}).encode()


def test_an_index_of_several_architectures(ecr: Any, registry: Registry, repository: str) -> None:
    manifests = []
    for arch in ("amd64", "arm64"):
        registry.push(repository, arch, arch.encode())
        manifests.append(registry.ask("GET", f"/v2/{repository}/manifests/{arch}").body)
    index = index_of(*manifests)
    assert registry.put_manifest(repository, "all", index, OCI_INDEX).status == 201
    got = registry.ask("GET", f"/v2/{repository}/manifests/all")
    assert (got.body, got.headers["content-type"]) == (index, OCI_INDEX)
    missing = registry.put_manifest(repository, "x", index_of(b"{}"), OCI_INDEX)
    assert (missing.status, missing.code) == (404, "MANIFEST_BLOB_UNKNOWN")
    assert f"Images with digests '[{digest_of(b'{}')}]' required" in missing.json["errors"][0]["message"]
    # "unsupported: Requested image referenced by manifest list: [sha256:…]" (Amazon ECR User Guide, deleting artifacts).
    gone = ecr.batch_delete_image(
        repositoryName=repository, imageIds=[{"imageDigest": digest_of(manifests[0])}]
    )
    assert gone["failures"][0]["failureCode"] == "ImageReferencedByManifestList"
    said = f"Requested image referenced by manifest list: [{digest_of(index)}]"
    assert gone["failures"][0]["failureReason"] == said
    refused = registry.ask("DELETE", f"/v2/{repository}/manifests/{digest_of(manifests[0])}")
    assert refused.json["errors"] == [{"code": "UNSUPPORTED", "message": said}]
    by_its_last_tag = ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "amd64"}])
    assert by_its_last_tag["failures"][0]["failureCode"] == "ImageReferencedByManifestList"
    assert registry.ask("DELETE", f"/v2/{repository}/manifests/{digest_of(index)}").status == 202
    assert registry.ask("DELETE", f"/v2/{repository}/manifests/{digest_of(manifests[0])}").status == 202


def test_deleting_a_tag_and_an_image(registry: Registry, repository: str) -> None:
    digest = registry.push(repository, "1", b"layer")
    registry.push(repository, "2", b"layer")
    assert registry.ask("DELETE", f"/v2/{repository}/manifests/1").status == 202
    assert registry.ask("GET", f"/v2/{repository}/manifests/1").status == 404
    assert registry.ask("GET", f"/v2/{repository}/manifests/{digest}").status == 200
    assert registry.ask("DELETE", f"/v2/{repository}/manifests/{digest}").status == 202
    assert registry.ask("GET", f"/v2/{repository}/manifests/2").status == 404


def test_lists_of_tags(registry: Registry, repository: str) -> None:
    empty = registry.ask("GET", f"/v2/{repository}/tags/list")
    assert empty.json == {"name": repository, "tags": []}
    for tag in ("b", "a", "C", "d"):
        registry.push(repository, tag, b"layer")
    assert registry.ask("GET", f"/v2/{repository}/tags/list").json["tags"] == ["C", "a", "b", "d"]
    page = registry.ask("GET", f"/v2/{repository}/tags/list?n=3")
    assert page.json["tags"] == ["C", "a", "b"]
    link = page.headers["link"]
    assert link.endswith('; rel="next"')
    rest = registry.ask("GET", link[1 : link.index(">")])
    assert rest.json["tags"] == ["d"]
    assert "link" not in rest.headers
    assert registry.ask("GET", f"/v2/{repository}/tags/list?n=0").json["tags"] == []
    assert registry.ask("GET", f"/v2/{repository}/tags/list?n=x").status == 400
    assert registry.ask("GET", "/v2/_catalog").json == {"repositories": [repository]}


def test_referrers(ecr: Any, registry: Registry, repository: str) -> None:
    subject = registry.push(repository, "1", b"layer")
    said = {"mediaType": OCI, "digest": subject, "size": 1}
    for kind in ("application/sig", "application/sbom"):
        artifact = manifest_of(subject=said, artifactType=kind, annotations={"made.by": kind})
        put = registry.put_manifest(repository, digest_of(artifact), artifact)
        assert (put.status, put.headers["oci-subject"]) == (201, subject)
    found = registry.ask("GET", f"/v2/{repository}/referrers/{subject}")
    assert found.headers["content-type"] == OCI_INDEX
    assert {one["artifactType"] for one in found.json["manifests"]} == {"application/sig", "application/sbom"}
    assert all(one["annotations"] == {"made.by": one["artifactType"]} for one in found.json["manifests"])
    some = registry.ask("GET", f"/v2/{repository}/referrers/{subject}?artifactType=application/sig")
    assert [one["artifactType"] for one in some.json["manifests"]] == ["application/sig"]
    assert some.headers["oci-filters-applied"] == "artifactType"
    none = registry.ask("GET", f"/v2/{repository}/referrers/{digest_of(b'none')}")
    assert (none.status, none.json["manifests"]) == (200, [])
    assert registry.ask("GET", f"/v2/{repository}/referrers/latest").status == 400
    listed = ecr.list_image_referrers(
        repositoryName=repository,
        subjectId={"imageDigest": subject},
        filter={"artifactTypes": ["application/sbom"]},
    )
    assert [one["artifactType"] for one in listed["referrers"]] == ["application/sbom"]


def test_a_subject_may_come_later(registry: Registry, repository: str) -> None:
    registry.push_blob(repository, CONFIG)
    artifact = manifest_of(subject=descriptor(b"later", OCI), artifactType="application/sig")
    assert registry.put_manifest(repository, "sig", artifact).status == 201


def test_an_immutable_tag_stays(ecr: Any, registry: Registry) -> None:
    """moby/buildkit#3776 has the code and the sentence."""
    ecr.create_repository(repositoryName="fixed", imageTagMutability="IMMUTABLE")
    first = registry.push("fixed", "1", b"first")
    for data in (b"second", CONFIG):
        registry.push_blob("fixed", data)
    again = registry.put_manifest("fixed", "1", manifest_of(b"second"))
    assert (again.status, again.code) == (400, "TAG_INVALID")
    said = "The image tag '1' already exists in the 'fixed' repository and cannot be overwritten"
    assert said in again.json["errors"][0]["message"]
    assert registry.ask("HEAD", "/v2/fixed/manifests/1").headers["docker-content-digest"] == first
    assert registry.put_manifest("fixed", "2", manifest_of(b"second")).status == 201
    filters = [{"filterType": "WILDCARD", "filter": "dev*"}]
    ecr.put_image_tag_mutability(
        repositoryName="fixed",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=filters,
    )
    for layer in (b"first", b"second"):
        assert registry.put_manifest("fixed", "dev-1", manifest_of(layer)).status == 201
    assert registry.put_manifest("fixed", "1", manifest_of(b"second")).code == "TAG_INVALID"
