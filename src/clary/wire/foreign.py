"""The services of botocore that are not here, as far as a refusal needs them: which protocols a signing name speaks, and
what operation a request is for. Knows no single service and no signature.

Only the metadata of all models is kept. Of a REST service the paths are read when a request is for it; the few that were
read last are kept. The first look takes some hundred milliseconds: not on an event loop (`Router.takes_reading`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from clary.kernel import AwsError
from clary.wire import limits, source
from clary.wire.canonical import S3_NAMES, without_dots
from clary.wire.dialect import spoken
from clary.wire.exchange import Codec
from clary.wire.family import CBOR, rpc_name
from clary.wire.http import Request
from clary.wire.model import ServiceModel
from clary.wire.parse import form
from clary.wire.parse.query import pairs
from clary.wire.paths import PathTable

RPC_PATH = re.compile(r".*/service/([^/]+)/operation/([^/]+)", re.DOTALL)


@cache
def _services() -> Mapping[str, tuple[ServiceModel, ...]]:
    """Signing name -> its services, without their operations."""
    found: dict[str, list[ServiceModel]] = {}
    for name, metadata in source.all_metadata():
        model = ServiceModel(name, {"metadata": metadata, "operations": {}, "shapes": {}})
        found.setdefault(model.signing_name, []).append(model)
    # Of several that a request may be for, the one that gave its name to the others is the likeliest.
    return {name: tuple(sorted(models, key=lambda one: one.name != name)) for name, models in found.items()}


def services(signing_name: str) -> tuple[ServiceModel, ...]:
    """Return what botocore knows by a signing name: for the protocols of refusals, since they have no operations."""
    return _services().get(signing_name, ())


def has_read_paths(signing_name: str) -> bool:
    """Tell whether `operation_at` needs to read nothing more for a signing name."""
    return _services.cache_info().currsize > 0 and all(
        model.name in _tables for model in services(signing_name) if model.protocols[0].startswith("rest")
    )


def refusal(request: Request, signing_name: str) -> AwsError:
    """Return the error for a service that Clary does not have; name the operation if the request does."""
    return refused(_operation(request, signing_name) or f"the service {signing_name}")


def refused(what: str) -> AwsError:
    """Return the error for an operation or service that Clary does not have."""
    return AwsError("NotImplemented", f"Clary does not implement {what}.", status=501)


def _operation(request: Request, signing_name: str) -> str:
    """Return `lambda:CreateFunction`; nothing where it cannot be known."""
    dialect = "rest" if signing_name in S3_NAMES else spoken(request)
    if dialect == "json":
        prefix, _, name = request.headers["x-amz-target"].rpartition(".")
        return _named(signing_name, name, lambda model: model.target_prefix == prefix)
    if dialect == CBOR:
        found = RPC_PATH.fullmatch(without_dots(request.path))
        return _named(signing_name, found[2], lambda model: rpc_name(model) == found[1]) if found else ""
    if dialect == "query":
        fields = dict(pairs(form(request, limits.SMALLEST)))
        version = fields.get("Version")
        name = fields.get("Action", "")
        return _named(signing_name, name, lambda model: model.metadata["apiVersion"] == version)
    return operation_at(request, signing_name)


def _named(signing_name: str, operation: str, fits: Callable[[ServiceModel], bool]) -> str:
    """Return an operation with the name of the service that fits the request, of several the one that has the
    operation."""
    if not operation.isalnum():
        return ""
    found = [model.name for model in services(signing_name) if fits(model)]
    having = [name for name in found if operation in _operations(name)] if len(found) > 1 else found
    return f"{(having or [signing_name])[0]}:{operation}"


@lru_cache(maxsize=16)
def _operations(service: str) -> frozenset[str]:
    return frozenset(source.description(service)["operations"])


def operation_at(request: Request, signing_name: str, only: str = "") -> str:
    """Return the REST operation that a request is for; nothing where none of the signing name's services has one there.
    `only` is the one service that may be meant."""
    path = without_dots(request.path)
    for model in services(signing_name):
        if model.protocols[0].startswith("rest") and only in ("", model.name):
            found = _paths(model.name).find(request.method, path, request)
            if found is not None:
                return f"{model.name}:{found[0].operation.name}"
    return ""


def has_path(service: str, path: str) -> bool:
    """Tell whether any operation of a service is at a path."""
    return _paths(service).knows(path)


_tables: dict[str, PathTable] = {}  # by service, the ones read last
_MOST_TABLES = 8


def _paths(service: str) -> PathTable:
    """Return the paths of a service."""
    table = _tables.get(service)
    if table is None:
        table = _tables[service] = _read_paths(service)
        for oldest in list(_tables)[:-_MOST_TABLES]:
            _tables.pop(oldest, None)
    return table


def _read_paths(service: str) -> PathTable:
    model = ServiceModel(service, source.description(service))
    table = PathTable()
    for operation in model.operations.values():
        table.add(Codec(operation, model.protocols[0]))
    return table
