"""Images by the API: uploads of layers, PutImage, BatchGetImage, lists, pages and deletion.

The sentences of failures are those of getmoto/moto's tests of ECR.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.services.ecr.images.manifests import DOCKER, OCI, OCI_INDEX
from tests.conftest import ACCOUNT
from tests.inprocess import InProcess
from tests.services.ecr.conftest import CONFIG, Registry, digest_of, manifest_of

MIB = 1 << 20


def upload(ecr: Any, repository: str, *parts: bytes) -> str:
    id = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    first = 0
    for part in parts:
        done = ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=id,
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
        first += len(part)
        assert done["lastByteReceived"] == first - 1
    return id


def complete(ecr: Any, repository: str, id: str, digest: str) -> Any:
    return ecr.complete_layer_upload(repositoryName=repository, uploadId=id, layerDigests=[digest])


def test_an_image_is_made_by_the_api_alone(
    app: InProcess, ecr: Any, registry: Registry, repository: str
) -> None:
    layer = b"x" * (5 * MIB) + b"y" * 1000
    id = upload(ecr, repository, layer[: 5 * MIB], layer[5 * MIB :])
    assert complete(ecr, repository, id, digest_of(layer))["layerDigest"] == digest_of(layer)
    complete(ecr, repository, upload(ecr, repository, CONFIG), digest_of(CONFIG))
    image = ecr.put_image(repositoryName=repository, imageManifest=manifest_of(layer).decode(), imageTag="1")[
        "image"
    ]
    assert image["imageId"] == {"imageDigest": digest_of(manifest_of(layer)), "imageTag": "1"}
    url = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest_of(layer))[
        "downloadUrl"
    ]
    status, _, body = app.request("GET", url, {})
    assert (status, body) == (200, layer)
    assert registry.ask("GET", f"/v2/{repository}/blobs/{digest_of(layer)}").body == layer


def test_the_url_of_a_layer_ends_and_cannot_be_made(
    app: InProcess, ecr: Any, registry: Registry, repository: str, clock: FakeClock
) -> None:
    digest = registry.push_blob(repository, b"a layer")
    url = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)["downloadUrl"]
    assert app.request("GET", url, {})[0] == 200
    assert app.request("GET", url[:-3] + "AAA", {})[0] == 403
    assert app.request("GET", url.rpartition("/")[0], {})[0] == 403
    with pytest.raises(ecr.exceptions.LayersNotFoundException):
        ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest_of(b"none"))
    clock.advance(3600)
    assert app.request("GET", url, {})[0] == 403


def test_uploads_that_are_refused(ecr: Any, repository: str) -> None:
    errors = ecr.exceptions
    id = upload(ecr, repository)
    with pytest.raises(errors.EmptyUploadException):
        complete(ecr, repository, id, digest_of(b""))
    with pytest.raises(errors.InvalidLayerPartException) as refused:
        ecr.upload_layer_part(
            repositoryName=repository, uploadId=id, partFirstByte=5, partLastByte=6, layerPartBlob=b"12"
        )
    assert refused.value.response["lastValidByteReceived"] == 0
    with pytest.raises(errors.LayerPartTooSmallException):
        complete(ecr, repository, upload(ecr, repository, b"1", b"2"), digest_of(b"12"))
    with pytest.raises(errors.InvalidLayerException):
        complete(ecr, repository, upload(ecr, repository, b"1"), digest_of(b"2"))
    complete(ecr, repository, upload(ecr, repository, b"1"), digest_of(b"1"))
    with pytest.raises(errors.LayerAlreadyExistsException):
        complete(ecr, repository, upload(ecr, repository, b"1"), digest_of(b"1"))
    with pytest.raises(errors.UploadNotFoundException):
        complete(ecr, repository, "00000000-0000-0000-0000-000000000000", digest_of(b"1"))


def test_which_layers_there_are(ecr: Any, registry: Registry, repository: str) -> None:
    digest = registry.push_blob(repository, b"a layer")
    found = ecr.batch_check_layer_availability(
        repositoryName=repository, layerDigests=[digest, digest_of(b"none"), "latest"]
    )
    assert [(one["layerDigest"], one["layerAvailability"]) for one in found["layers"]] == [
        (digest, "AVAILABLE"),
        (digest_of(b"none"), "UNAVAILABLE"),
    ]
    assert found["layers"][0]["layerSize"] == len(b"a layer")
    assert [one["failureCode"] for one in found["failures"]] == ["InvalidLayerDigest"]


def test_putting_an_image_again(ecr: Any, registry: Registry, repository: str) -> None:
    digest = registry.push(repository, "1", b"layer")
    text = manifest_of(b"layer").decode()
    said = (
        f"Image with digest '{digest}' and tag '1' already exists in the repository with name '{repository}' in "
        f"registry with id '{ACCOUNT}'"
    )
    with pytest.raises(ecr.exceptions.ImageAlreadyExistsException, match=said):
        ecr.put_image(repositoryName=repository, imageManifest=text, imageTag="1")
    with pytest.raises(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(repositoryName=repository, imageManifest=text)
    ecr.put_image(repositoryName=repository, imageManifest=text, imageTag="2")
    assert ecr.describe_images(repositoryName=repository)["imageDetails"][0]["imageTags"] == ["1", "2"]
    with pytest.raises(ecr.exceptions.ImageDigestDoesNotMatchException):
        ecr.put_image(repositoryName=repository, imageManifest=text, imageDigest=digest_of(b"x"))
    with pytest.raises(ecr.exceptions.LayersNotFoundException, match="Layers with digests"):
        ecr.put_image(repositoryName=repository, imageManifest=manifest_of(b"none").decode())


def test_a_tag_that_moves_leaves_an_image_without_one(ecr: Any, registry: Registry, repository: str) -> None:
    first, second = registry.push(repository, "1", b"first"), registry.push(repository, "1", b"second")
    ids = ecr.list_images(repositoryName=repository)["imageIds"]
    assert sorted(ids, key=str) == sorted(
        [{"imageDigest": first}, {"imageDigest": second, "imageTag": "1"}], key=str
    )
    for status, digest in (("TAGGED", second), ("UNTAGGED", first)):
        shown = ecr.list_images(repositoryName=repository, filter={"tagStatus": status})["imageIds"]
        assert [one["imageDigest"] for one in shown] == [digest]
        shown = ecr.describe_images(repositoryName=repository, filter={"tagStatus": status})["imageDetails"]
        assert [one["imageDigest"] for one in shown] == [digest]


def test_only_media_types_that_are_accepted_are_given_out(
    ecr: Any, registry: Registry, repository: str
) -> None:
    """ "The format is returned only if that format is understood by the client": what AWS would convert is refused by name
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html)."""
    digest = registry.push(repository, "1", b"first")

    def got(id: dict[str, str], *accepted: str) -> Any:
        found = ecr.batch_get_image(
            repositoryName=repository, imageIds=[id], acceptedMediaTypes=list(accepted)
        )
        return found["images"], [one["failureCode"] for one in found["failures"]]

    tag = {"imageTag": "1"}
    ((image,), failures) = got(tag, DOCKER, OCI)
    assert (image["imageManifestMediaType"], failures) == (OCI, [])
    assert got(tag, OCI_INDEX) == ([], ["ImageNotFound"])
    assert got({"imageDigest": digest}, DOCKER) == ([], ["ImageNotFound"])
    with pytest.raises(ClientError, match=r"NotImplemented.*BatchGetImage of .*oci.* as .*docker") as refused:
        got(tag, DOCKER)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_what_is_asked_for_by_id(ecr: Any, registry: Registry, repository: str) -> None:
    first, second = registry.push(repository, "1", b"first"), registry.push(repository, "2", b"second")
    asked = [
        {"imageTag": "1"},
        {"imageDigest": second},
        {"imageTag": "none"},
        {"imageDigest": first, "imageTag": "2"},
        {"imageDigest": "nonsense"},
        {},
    ]
    got = ecr.batch_get_image(repositoryName=repository, imageIds=asked)
    assert [one["imageId"]["imageDigest"] for one in got["images"]] == [first, second]
    assert [one["failureCode"] for one in got["failures"]] == [
        "ImageNotFound",
        "ImageTagDoesNotMatchDigest",
        "InvalidImageDigest",
        "MissingDigestAndTag",
    ]
    assert got["failures"][0]["failureReason"] == "Requested image not found"
    (shown,) = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": "1"}])["imageDetails"]
    assert shown["artifactMediaType"] == json.loads(manifest_of(b""))["config"]["mediaType"]
    said = (
        r"The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within the repository"
    )
    with pytest.raises(ecr.exceptions.ImageNotFoundException, match=said):
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": "none"}])


def test_pages(ecr: Any, registry: Registry, repository: str) -> None:
    for number in range(3):
        registry.push(repository, f"{number}", b"%d" % number)
        registry.push(repository, f"{number}-also", b"%d" % number)
    pages = ecr.get_paginator("list_images").paginate(
        repositoryName=repository, PaginationConfig={"PageSize": 4}
    )
    listed = [page["imageIds"] for page in pages]
    assert [len(page) for page in listed] == [4, 2]
    assert len({one["imageTag"] for page in listed for one in page}) == 6
    pages = ecr.get_paginator("describe_images").paginate(
        repositoryName=repository, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["imageDetails"]) for page in pages] == [2, 1]


def test_deletion(ecr: Any, registry: Registry, repository: str) -> None:
    digest = registry.push(repository, "1", b"layer")
    registry.push(repository, "2", b"layer")
    delete = ecr.batch_delete_image
    gone = delete(repositoryName=repository, imageIds=[{"imageTag": "1"}, {"imageTag": "none"}])
    assert gone["imageIds"] == [{"imageDigest": digest, "imageTag": "1"}]
    assert [one["failureCode"] for one in gone["failures"]] == ["ImageNotFound"]
    # The image goes with its last tag.
    assert delete(repositoryName=repository, imageIds=[{"imageTag": "2"}])["failures"] == []
    assert ecr.list_images(repositoryName=repository)["imageIds"] == []


def test_a_pull_is_written_down(ecr: Any, registry: Registry, repository: str, clock: FakeClock) -> None:
    registry.push(repository, "1", b"layer")
    assert "lastRecordedPullTime" not in ecr.describe_images(repositoryName=repository)["imageDetails"][0]
    registry.ask("GET", f"/v2/{repository}/manifests/1")
    (shown,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert shown["lastRecordedPullTime"].timestamp() == pytest.approx(clock.now(), abs=1)
