"""Assemble a platform from a home: its store, objects, executor and services."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from clary.kernel import Clock, Ids, SystemClock
from clary.kernel.sealing import SealingKey
from clary.objects.files import FileStore
from clary.plane import Platform, Service
from clary.plane.around import Around
from clary.plane.authorization.authorizer import PolicyAuthorizer
from clary.plane.last_use import LastUse
from clary.plane.metering import Metering
from clary.plane.nouns.upgrade import renew
from clary.plane.outbound import Outbound, allowed_networks
from clary.plane.registry import Registry
from clary.plane.settings import Settings
from clary.plane.throttling import Throttling, limits_of
from clary.records.open import open_records
from clary.runs.api import Executor
from clary.runs.local import LocalExecutor
from clary.server import root_keys, sealed_files, sealed_store
from clary.server.authority import Authority
from clary.server.directory import late_directory
from clary.server.home import Home
from clary.server.ids import PooledIds
from clary.server.location import settle
from clary.server.moves import follow
from clary.server.options import Options, gateways
from clary.server.sealed_files import read_identity
from clary.server.sealing_key import sealing_key
from clary.services import registry
from clary.store.api import Store
from clary.store.open import open_store
from clary.store.schemas import Schema, schema_of
from clary.store.statements import statements as open_statements
from clary.wire import home_region, partitions


def assemble(
    home: Home,
    options: Options,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    runs: Executor | None = None,
    services: Mapping[str, Service] | None = None,
) -> Platform:
    """Return a platform on a home, with its tables and its first account. Raise BadLimits for invalid limits
    of calls, WrongSealingKey if its secrets are sealed under another key."""
    known = Registry.of(services) if services is not None else registry()
    clock = clock or SystemClock()
    around = hooks(options, known)
    store = open_store(
        options.store or str(home.database),
        synchronous=options.synchronous,
        schemas=schemas_of(known),
        upgrades=known.upgrades(),
        observed={kind: observe for one in known.outlines for kind, observe in one.observed.items()},
        clock=clock.now,
    )
    with store.read() as tx:
        follow(clock, tx)
    with home.alone():
        sealed_store.resume(home, store)
        sealer = sealing_key(home, options)
        sealed_store.settle(home, store, sealer, known)
        renew(store, [kind for one in known.outlines for kind in one.renewed])
        location = settle(home, options, store)
        authority = Authority(home.ca, options.host_names, sealer)
        found_account(home, options, store, sealer)
        token_key = home.secret("token", sealer)
        sealed_files.seal_all(home, sealer)
        sealed_store.drop_open_copies(home, sealer)
    directory = late_directory(clock, location.partition, sealer)
    settings = Settings(
        home=home.path,
        endpoint=options.endpoint,
        bells=tuple(home.bell(name) for name in ("controllers", *gateways(options.gateways))),
        ca_bundle=str(authority.bundle),
        token_key=token_key,
        partition=location.partition,
        regions=location.regions,
        s3_signature_v2=options.s3_signature_v2,
        s3_encryption=options.s3_encryption == "on",
        sealing_key=sealer,
    )
    platform = Platform(
        settings=settings,
        services=known,
        store=store,
        objects=FileStore(home.objects, synchronous=options.synchronous),
        runs=runs or LocalExecutor(home.path, bell=home.bell("controllers")),
        authorizer=PolicyAuthorizer(directory, store),
        clock=clock,
        ids=ids or PooledIds(),
        around=around,
        open_records=lambda: open_records(
            options.store or str(home.records), synchronous=options.synchronous
        ),
    )
    platform.extras["directory"] = directory
    platform.extras["outbound"] = Outbound(allowed_networks(options.outbound_allow), options.port)
    return platform


def hooks(options: Options, services: Mapping[str, Service]) -> tuple[Around, ...]:
    """Return the hooks around every call, outermost first: what inner hooks reject is counted as well.

    Limits name operations, so they load the services.
    """
    if not options.throttle.strip():
        return Metering(), LastUse()
    limits = limits_of(
        options.throttle, {name: {**one.actions, **one.sites} for name, one in services.items()}
    )
    return (Metering(), LastUse(), Throttling(limits)) if limits else (Metering(), LastUse())


def foresee() -> None:
    """Read what every platform reads at its start, whatever its home: for processes that fork those of a platform."""
    schemas_of(registry())
    open_statements()
    for partition in partitions():
        home_region(partition)


def schemas_of(services: Registry) -> dict[str, Schema]:
    """Return the schemas of all tables but the store's own, by name."""
    return {
        "usage": schema_of("clary.plane"),
        "workloads": schema_of("clary.workloads"),
        **{one.name: schema_of(one.schema) for one in services.outlines if one.schema},
    }


def proxy_token(home: Home, sealer: SealingKey) -> str:
    """Return the password for CONNECT requests."""
    return home.secret("proxy", sealer).hex()


def found_again(home: Home, options: Options, platform: Platform) -> None:
    """Write to an emptied store what each store has: the fingerprint of the sealing key and the first account."""
    sealer = platform.settings.sealing_key
    sealed_store.settle(home, platform.store, sealer, platform.registry)
    found_account(home, options, platform.store, sealer)


def found_account(home: Home, options: Options, store: Store, sealer: SealingKey) -> dict[str, Any]:
    """Return the first account and its root key: given, stored or random; write it to the store and the home."""
    root_keys.settle(home, store, sealer)
    known = read_identity(home.identity, sealer) or {}
    identity = {
        "account": options.account or known.get("account") or _digits(12),
        "access_key_id": options.access_key_id or known.get("access_key_id") or _access_key_id(),
        "secret_access_key": options.secret_access_key
        or known.get("secret_access_key")
        or secrets.token_urlsafe(30),
    }
    root_keys.keep_first(home, identity, store, sealer)
    return identity


def _digits(n: int) -> str:
    return str(secrets.randbelow(9) + 1) + "".join(str(secrets.randbelow(10)) for _ in range(n - 1))


def _access_key_id() -> str:
    return "AKIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
