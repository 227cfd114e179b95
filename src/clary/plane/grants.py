"""How a run proves its identity when it asks for its role's credentials.

A grant is for one run of one record, and says which role the run acts as. A record may have many runs (the
replicas of an endpoint's variants, the attempts of a job), each with its own role. The token is a MAC over
all of that, so nothing has to be stored. It is valid only while that run goes on: the record's next run, or a
later record of the same name, has another token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clary.access.directory import Credential, Directory
from clary.kernel import AwsError, Caller
from clary.plane.settings import Settings
from clary.store.api import Record

if TYPE_CHECKING:
    from clary.plane.platform import Platform
    from clary.plane.service import Service

PATH = "/_clary/credentials/"
# Earlier versions named only a record's noun, and only this service's records had runs.
_FORMER_SERVICE = "sagemaker"


@dataclass(frozen=True, slots=True)
class Grant:
    """The container-credentials address of a run's programs, and the token that they must send."""

    uri: str
    token: str


@dataclass(frozen=True, slots=True)
class Keys:
    """Temporary credentials, and the role that they belong to."""

    credential: Credential
    role: str


def grant_of(settings: Settings, record: Record, run: str, role: str) -> Grant:
    """Return the grant of the run with this id, which acts as `role`."""
    uri = f"{settings.endpoint}{PATH}{_path(record, run)}"
    return Grant(uri, f"{_encoded(role)}.{_mac(settings, record, run, role)}")


def proxy_address(settings: Settings, record: Record, run: str) -> str:
    """Return the proxy's address for the programs of a run, with the password that works while the run goes
    on."""
    return (
        f"http://clary:{_proxy_password(settings, record, run)}@{settings.endpoint.removeprefix('http://')}"
    )


def _proxy_password(settings: Settings, record: Record, run: str) -> str:
    """Return a password that names the run and proves it."""
    return f"{_encoded(_path(record, run))}.{_signed(settings, f'proxy/{_named_run(record, run)}')}"


async def opens_proxy(platform: Platform, password: str) -> bool:
    """Return whether a password belongs to a run that goes on."""
    path = _decoded(password.partition(".")[0])
    record, run = await _named(platform, path) if path else (None, "")
    if record is None or not run or not _same(password, _proxy_password(platform.settings, record, run)):
        return False
    service = _service_of(platform, record.kind)
    return service is not None and _goes_on(platform, service, record, run)


async def keys_of(platform: Platform, path: str, token: str) -> Keys:
    """Return credentials for the run in a path below PATH.

    Raise AccessDenied if the token is not the run's or its role no longer trusts the service, NotFound if the
    run has ended.
    """
    record, run = await _named(platform, path)
    role = _role_of(platform.settings, record, run, token) if record else None
    if record is None or role is None:
        raise AwsError("AccessDenied", "This is not the token of that run.", 403)
    service = _service_of(platform, record.kind)
    if service is None or not any(_goes_on(platform, service, record, one) for one in _runs_of(record, run)):
        raise AwsError("NotFound", "That run has ended.", 404)
    caller = Caller.of_service(service.principal, record.scope.partition("/")[0], record.arn)
    directory: Directory = platform.extras["directory"]
    credential = await platform.store.run(
        lambda tx: directory.session_for_role(tx, role, record.id, caller), write=True
    )
    return Keys(credential, role)


async def _named(platform: Platform, path: str) -> tuple[Record | None, str]:
    """Return the record and the run in `service:Noun/account/region/id/run`.

    Grants of earlier versions have `Noun/…` instead; the record then has that kind, over which its token was
    made.
    """
    parts = path.split("/")
    if len(parts) not in (4, 5):
        return None, ""
    kind, account, region, id, *run = parts
    record = await platform.store.run(lambda tx: tx.get(_whole(kind), f"{account}/{region}", id), write=False)
    return record.evolve(kind=kind) if record else None, "".join(run)


def _whole(kind: str) -> str:
    return kind if ":" in kind else f"{_FORMER_SERVICE}:{kind}"


def _role_of(settings: Settings, record: Record, run: str, token: str) -> str | None:
    """Return the role that a token was made for; None for a token of another run."""
    if not run:
        role = record.spec.get("RoleArn") or record.private.get("RoleArn")
        return role if _same(token, _mac_without_run(settings, record)) else None
    encoded, _, mac = token.partition(".")
    role = _decoded(encoded)
    return role if role and _same(mac, _mac(settings, record, run, role)) else None


def _runs_of(record: Record, run: str) -> list[str]:
    """Return the runs that a grant is for. Those of earlier versions name no run; the record does."""
    return [run] if run else [record.private.get("run") or "", *record.private.get("earlier_runs", [])]


def _goes_on(platform: Platform, service: Service, record: Record, run: str) -> bool:
    """Return whether a run of a record in use has not ended.

    A program of a failed endpoint may run for the time that it has to stop.
    """
    noun = service.nouns[_whole(record.kind).partition(":")[2]]
    over = ("Failed", *(noun.states.final if noun.states else ()))
    return record.status not in over and platform.runs.goes_on(run)


def _service_of(platform: Platform, kind: str) -> Service | None:
    """Return the service whose controller starts the runs of this kind of record."""
    found = platform.registry.controlling(_whole(kind))
    return platform.services[found.name] if found else None


def _path(record: Record, run: str) -> str:
    return f"{record.kind}/{record.scope}/{record.id}/{run}"


def _named_run(record: Record, run: str, *more: str) -> str:
    return json.dumps([record.kind, record.scope, record.id, record.created, run, *more])


def _mac(settings: Settings, record: Record, run: str, role: str) -> str:
    return _signed(settings, f"run/{_named_run(record, run, role)}")


def _mac_without_run(settings: Settings, record: Record) -> str:
    """Return the token that earlier versions gave to all runs of a record."""
    return _signed(settings, f"grant/{record.kind}/{record.scope}/{record.id}/{record.created!r}")


def _signed(settings: Settings, text: str) -> str:
    return hmac.new(settings.token_key, text.encode(), hashlib.sha256).hexdigest()


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(text: str) -> str:
    """Return the decoded text; '' if it is malformed."""
    try:
        found = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""
    return found if _encoded(found) == text else ""
