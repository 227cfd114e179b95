"""The operations of the services that share a signing name, arranged once for finding. Knows no requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from clary.wire.canonical import S3_NAMES
from clary.wire.exchange import Codec
from clary.wire.model import ServiceModel
from clary.wire.paths import PathTable, head_of

CBOR = "smithy-rpc-v2-cbor"


@dataclass(frozen=True, slots=True)
class Unread:
    """A service whose model is to be read when a request is for it: what must be known of it before. `model` has no
    operations; `largest` says how many bytes of body it takes at most, by dialect; `heads` are the first segments of its
    REST paths, () for any."""

    model: ServiceModel
    largest: Mapping[str, int] = field(default_factory=dict)
    heads: Collection[str] = ()

    @classmethod
    def of(
        cls, name: str, metadata: Mapping[str, Any], largest: Mapping[str, int], heads: Collection[str] = ()
    ) -> Unread:
        """Return the service of this name, with only its metadata known."""
        return cls(ServiceModel(name, {"metadata": metadata, "operations": {}, "shapes": {}}), largest, heads)

    def may_serve(self, path: str) -> bool:
        """Return whether a REST request for this path may be for the service."""
        return self.speaks("rest") and (not self.heads or head_of(path) in self.heads)

    def speaks(self, dialect: str) -> bool:
        protocols = self.model.protocols
        if dialect == "rest":
            return any(protocol.startswith("rest") for protocol in protocols)
        return dialect in protocols or (dialect == "query" and "ec2" in protocols)


class Family:
    """By target, by RPC path, by action and by path; and how large a request of each dialect may be at most. `unread` are
    the services that are to be added when a request is for one of them."""

    __slots__ = ("actions", "largest", "models", "paths", "rpc", "targets", "unpacked", "unread")

    def __init__(self) -> None:
        self.models: list[ServiceModel] = []
        self.unread: list[Unread] = []
        self.targets: dict[str, Codec] = {}
        self.rpc: dict[tuple[str, str], Codec] = {}
        self.actions: dict[str, list[Codec]] = {}
        self.paths: PathTable | None = None
        self.largest: dict[str, int] = {}  # bytes of a body, by dialect
        self.unpacked = 0  # bytes of a form

    def announce(self, service: Unread) -> None:
        """Say that a service is here, before its model is read."""
        self.models.append(service.model)
        self.unread.append(service)
        for dialect, size in service.largest.items():
            self.largest[dialect] = max(self.largest.get(dialect, 0), size)

    @property
    def speaks_rest(self) -> bool:
        return self.paths is not None or any(one.speaks("rest") for one in self.unread)

    def add(self, model: ServiceModel) -> None:
        """Arrange the operations of a model, which may have been announced. A second time changes nothing."""
        if model in self.models:
            return
        self.unread = [one for one in self.unread if one.model.name != model.name]
        self.models = [model if one.name == model.name else one for one in self.models]
        if model not in self.models:
            self.models.append(model)
        for protocol in model.protocols:
            for name, operation in model.operations.items():
                self._place(name, Codec(operation, protocol))

    def _place(self, name: str, codec: Codec) -> None:
        service, protocol = codec.operation.service, codec.protocol
        if protocol == "json":
            self.targets[f"{service.target_prefix}.{name}"] = codec
        elif protocol in ("query", "ec2"):
            self.actions.setdefault(name, []).append(codec)
            self.unpacked = max(self.unpacked, codec.limit.unpacked)
            protocol = "query"
        elif protocol == CBOR:
            self.rpc[rpc_name(service), name] = codec
        else:
            self.paths = self.paths or PathTable()
            self.paths.add(codec)
            protocol = "rest"
        if service.signing_name not in S3_NAMES:  # whose signatures hold before a body is read
            self.largest[protocol] = max(self.largest.get(protocol, 0), codec.limit.sent)


def rpc_name(model: ServiceModel) -> str:
    """Return what stands for a service in an RPC path."""
    return model.target_prefix or model.service_id
