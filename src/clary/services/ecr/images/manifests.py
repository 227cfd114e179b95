"""Manifests of images and indexes, as they are parsed. Knows no table.

Sources: "Image Manifest Version 2, Schema 2" (distribution), "Image Manifest" and "Image Index" (OCI image specification 1.1).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from clary.services.ecr.errors import invalid
from clary.services.ecr.layers import digests

LARGEST = 4 << 20  # bytes: what the API model lets a manifest have
_MOST_DESCRIPTORS = 4096
DOCKER, DOCKER_LIST = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
OCI, OCI_INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
_INDEXES = (DOCKER_LIST, OCI_INDEX)
_KNOWN = (DOCKER, DOCKER_LIST, OCI, OCI_INDEX)
_EMPTY = "application/vnd.oci.empty.v1+json"
_FOREIGN = (
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
)

Doc = dict[str, Any]


class Descriptor(NamedTuple):
    """What a manifest says of something that it names."""

    digest: str
    size: int
    media_type: str


class Manifest(NamedTuple):
    """A manifest. `layers` has the configuration and the layers that the registry is to have, `images` those of an index."""

    text: str
    digest: str
    media_type: str
    layers: tuple[Descriptor, ...]
    images: tuple[Descriptor, ...]
    config_type: str
    artifact_type: str
    subject: str
    annotations: dict[str, str]

    @property
    def size(self) -> int:
        """The bytes of its layers, each counted once."""
        return sum({layer.digest: layer.size for layer in self.layers}.values())


def parse(text: str, said: str = "") -> Manifest:
    """Return the manifest that a text is; `said` is the media type that the request gives it. Raise
    InvalidParameterException."""
    data = text.encode()
    if len(data) > LARGEST:
        raise _wrong("Manifest is too large")
    try:
        doc = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _wrong("Invalid JSON syntax") from None
    if not isinstance(doc, dict) or doc.get("schemaVersion") != 2:
        raise _wrong("Manifest is not of schema version 2")
    return _parsed(text, data, doc, _type_of(doc, said))


def _parsed(text: str, data: bytes, doc: Doc, media_type: str) -> Manifest:
    index = media_type in _INDEXES
    config = {} if index else _object(doc, "config")
    named = [] if index else [config, *_objects(doc, "layers")]
    layers = tuple(_descriptor(one) for one in named if not _is_foreign(one))
    images = tuple(_descriptor(one) for one in _objects(doc, "manifests")) if index else ()
    config_type = str(config.get("mediaType", ""))
    subject = _descriptor(_object(doc, "subject")).digest if doc.get("subject") else ""
    own = doc.get("artifactType") or (config_type if config_type != _EMPTY else "")
    return Manifest(
        text, digests.of(data), media_type, layers, images, config_type, str(own), subject, _annotations(doc)
    )


def _type_of(doc: Doc, said: str) -> str:
    """Return the media type, which the document may say by itself. Raise where the two differ."""
    own = doc.get("mediaType")
    if own and said and own != said:
        raise _wrong("The media type of the manifest is not the one that the request says")
    guessed = OCI_INDEX if "manifests" in doc else OCI
    media_type = own or said or guessed
    if media_type not in _KNOWN:
        raise _wrong(f"Manifest media type is not supported: {str(media_type)[:100]}")
    return media_type


def _is_foreign(one: Doc) -> bool:
    """Whether a layer is only linked to, so that registries need not have it."""
    return bool(one.get("urls")) and str(one.get("mediaType", "")).startswith(_FOREIGN)


def _descriptor(one: Doc) -> Descriptor:
    digest, size = one.get("digest"), one.get("size")
    if not isinstance(digest, str) or not digests.is_digest(digest):
        raise _wrong("A descriptor has no sha256 digest")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 1 << 50:
        raise _wrong("A descriptor has no size")
    return Descriptor(digest, size, str(one.get("mediaType", "")))


def _object(doc: Doc, member: str) -> Doc:
    value = doc.get(member)
    if not isinstance(value, dict):
        raise _wrong(f"Manifest has no {member}")
    return value


def _objects(doc: Doc, member: str) -> list[Doc]:
    value = doc.get(member)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _wrong(f"Manifest has no {member}")
    if len(value) > _MOST_DESCRIPTORS:
        raise _wrong(f"Manifest has too many {member}")
    return value


def _annotations(doc: Doc) -> dict[str, str]:
    value = doc.get("annotations") or {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise _wrong("Annotations are not texts")
    return value


def _wrong(what: str) -> Exception:
    return invalid("ImageManifest", what)
