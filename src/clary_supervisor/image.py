"""The image of a run: pulled as the run's role before its programs start, and remembered in the run's folder.

Knows the order of things; what a registry says is in registry.py, how a layer is unpacked in image_layer.py, where layers
lie in image_store.py.
"""

from __future__ import annotations

import os

from . import image_config, image_layer
from .credentials import Credentials
from .faults import Ended
from .folder import get_json, put_json
from .image_store import Collision, Store
from .registry import DIGEST, INDEXES, Damaged, Denied, Registry
from .s3 import Away, Cancelled
from .watch import stop_wished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PULLED = "image.json"  # in the run's folder: what was pulled
# The names of so many layers fit into one page, which is what mount(2) takes; Docker itself allows 127.
_MOST_LAYERS = 120
_PULL = "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"


class Image:
    """A pulled image: the names of its layers, the uppermost first, and its configuration."""

    def __init__(self, home: str, doc: dict[str, Any]) -> None:
        self.folder = Store(home).layers
        self.layers: list[str] = doc["layers"]
        self.config: dict[str, Any] = doc["config"]
        self.digest: str = doc["digest"]


def home_of(run: str) -> str:
    return os.path.dirname(os.path.dirname(run))


def pulled(run: str) -> Image | None:
    """Return the image that was pulled for a run, None where there is none yet."""
    doc = get_json(f"{run}/{PULLED}")
    return Image(home_of(run), doc) if doc else None


def release(run: str) -> None:
    """Forget the layers that a run needed."""
    Store(home_of(run)).release(os.path.basename(run))


def pull(run: str, spec: dict[str, Any], plan: dict[str, Any]) -> Image:
    """Have the layers of the run's image on this machine. Raise Ended (image, start, stopped)."""
    wanted = spec["image"]
    credentials = Credentials(spec["credentials_uri"], spec["credentials_token"])
    registry = Registry(
        spec["endpoint"],
        wanted["registry"],
        wanted["repository"],
        spec["region"],
        credentials,
        plan["patience"],
        lambda: stop_wished(run),
    )
    uri = f"{wanted['registry']}/{wanted['repository']}@{wanted['digest']}"
    try:
        doc = _Pull(run, registry).all(wanted["digest"])
    except Exception as error:
        raise _translate(error, uri) from None
    image_config.require_labels(doc["config"], wanted.get("labels") or [], uri)
    put_json(f"{run}/{PULLED}", doc)
    return Image(home_of(run), doc)


class _Pull:
    def __init__(self, run: str, registry: Registry) -> None:
        self._run = os.path.basename(run)
        self._registry = registry
        self._store = Store(home_of(run))

    def all(self, digest: str) -> dict[str, Any]:
        manifest = self._manifest(digest)
        config = self._registry.configuration(_digest(manifest["config"]))
        image_config.refuse_foreign(config)
        digests, plain = [_digest(one) for one in manifest["layers"]], config["rootfs"]["diff_ids"]
        if len(digests) != len(plain) or len(digests) > _MOST_LAYERS:
            raise Damaged(
                f"{len(digests)} layers, where its configuration has {len(plain)} (at most {_MOST_LAYERS})"
            )
        self._store.sweep()
        self._store.hold(self._run, digests)
        names: list[str] = []
        size = 0
        for layer, diff_id in zip(digests, plain, strict=True):
            name, bytes_of_it = self._layer(layer, diff_id, size)
            names.insert(0, name)
            size += bytes_of_it
        return {"digest": digest, "layers": list(dict.fromkeys(names)), "config": config}

    def _manifest(self, digest: str) -> dict[str, Any]:
        """Return the manifest of an image; of an index that for this machine."""
        found = self._registry.manifest(digest)
        if found.get("mediaType") in INDEXES or "manifests" in found:
            found = self._registry.manifest(_of_this_machine(found["manifests"]))
        return found

    def _layer(self, digest: str, diff_id: str, taken: int) -> tuple[str, int]:
        """Have one layer. That it is here already is no leave to read it: the registry is asked in any case."""
        self._registry.require(digest)

        def make(folder: str, room: int) -> int:
            def unpack(pieces: Iterator[bytes]) -> int:
                image_layer.empty(folder)
                return image_layer.unpack(pieces, folder, diff_id, room)

            return self._registry.fetch(digest, unpack)

        return self._store.layer(digest, make, taken)


def _digest(descriptor: dict[str, Any]) -> str:
    found = descriptor["digest"]
    if not DIGEST.fullmatch(found):
        raise Damaged(f"{found!r} is not a digest by SHA-256")
    return found


def _of_this_machine(manifests: list[dict[str, Any]]) -> str:
    """Return the digest of the manifest for this machine. Raise Ended (start) where there is none."""
    wanted = ("linux", image_config.architecture())
    platforms = [(one.get("platform") or {}, one) for one in manifests]
    for platform, one in platforms:
        if (platform.get("os"), platform.get("architecture")) == wanted:
            return _digest(one)
    others = ", ".join(f"{p.get('os')}/{p.get('architecture')}" for p, _ in platforms)
    raise Ended("start", f"exec format error: the image is for {others}, the machine is {'/'.join(wanted)}")


def _translate(error: Exception, uri: str) -> Exception:
    """Return what went wrong as the reason that ends the run."""
    match error:
        case Cancelled():
            return Ended("stopped")
        case Denied() if error.status == 404:
            return Ended("image", f"ClientError: Cannot find the requested image: {uri}. {error}")
        case Denied():
            return Ended(
                "image",
                f"ClientError: Cannot pull the image {uri}. Please check that the role has proper pull permissions "
                f"for SageMaker: {_PULL}. {error}",
            )
        case Away():
            return Ended("image", f"InternalServerError: {error}")
        case image_layer.Broken() | Damaged() | Collision():
            return Ended("image", f"ClientError: The image {uri} cannot be unpacked: {error}")
        case KeyError() | TypeError() | AttributeError():
            return Ended(
                "image", f"ClientError: The image {uri} cannot be unpacked: its manifest is not valid"
            )
    return error
