"""The operations of the services that share a signing name, arranged once for finding. Knows no requests."""

from __future__ import annotations

from clary.wire.canonical import S3_NAMES
from clary.wire.exchange import Codec
from clary.wire.model import ServiceModel
from clary.wire.paths import PathTable

CBOR = "smithy-rpc-v2-cbor"


class Family:
    """By target, by RPC path, by action and by path; and how large a request of each dialect may be at most."""

    __slots__ = ("actions", "largest", "models", "paths", "rpc", "targets", "unpacked")

    def __init__(self) -> None:
        self.models: list[ServiceModel] = []
        self.targets: dict[str, Codec] = {}
        self.rpc: dict[tuple[str, str], Codec] = {}
        self.actions: dict[str, list[Codec]] = {}
        self.paths: PathTable | None = None
        self.largest: dict[str, int] = {}  # bytes of a body, by dialect
        self.unpacked = 0  # bytes of a form

    def add(self, model: ServiceModel) -> None:
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
