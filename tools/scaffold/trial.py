"""A noun tried on a scratch platform: is it there once it is created, and gone once it is deleted?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.scaffold.values import ACCOUNT

from clary.kernel import AwsError, Caller, CountingIds, FakeClock
from clary.plane import Platform, Service
from clary.plane.authorization.ports import AllowAll
from clary.plane.settings import Settings
from clary.runs.fake import FakeExecutor
from clary.store.sqlite import SqliteStore

_ROOT = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", is_root=True)


@dataclass(frozen=True)
class Trial:
    """How a noun is read in answers: the paths to its name in what Create and Describe say, whether List shows it, whether
    no answer was empty that should not be, and whether the record was gone, or about to go, after Delete."""

    made: tuple[str, ...]
    shown: tuple[str, ...]
    listed: bool
    complete: bool
    gone: bool

    @property
    def works(self) -> bool:
        """Whether every answer shows the record, and Delete removes it."""
        return self.complete and self.listed and self.gone


def tried(
    service: Service,
    noun: str,
    verbs: Mapping[str, str],
    asked: Mapping[str, str],
    given: Mapping[str, Any],
    changed: Mapping[str, Any] | None,
) -> Trial:
    """Create, show, list, change and delete a noun. Raise AwsError or LookupError where that does not work."""
    with scratch(service) as platform:

        def call(verb: str, params: Mapping[str, Any]) -> dict[str, Any]:
            op = service.model.operations[verbs[verb]]
            return platform.perform(service.name, op.name, dict(params), _ROOT, "us-east-1")

        answer = call("create", given)
        record = _only_record(platform, service, noun)
        member = asked.get("describe") or asked["delete"]
        name = record.arn if member.lower().endswith("arn") else record.id
        shown = call("describe", {member: name}) if "describe" in verbs else {}
        listed = "list" not in verbs or name in str(call("list", {}))
        if changed is not None:
            call("update", {**changed, asked["update"]: name})
        call("delete", {asked["delete"]: name})
        made = _path(answer, name) or _path(answer, record.arn)
        found = _path(shown, name)
        create = service.model.operations[verbs["create"]]
        complete = bool(made or not create.output_members) and bool(found or "describe" not in verbs)
        return Trial(made, found, listed, complete, _is_gone(platform, service, noun))


def _is_gone(platform: Platform, service: Service, noun: str) -> bool:
    """Return whether a deleted record is not there, or has the status in which its controller removes it."""
    states = service.nouns[noun].states
    with platform.store.read() as tx:
        left = tx.list(service.kind(noun), f"{ACCOUNT}/us-east-1")
    return all(states is not None and record.status == states.leaving for record in left)


def _only_record(platform: Platform, service: Service, noun: str) -> Any:
    with platform.store.read() as tx:
        (record,) = tx.list(service.kind(noun), f"{ACCOUNT}/us-east-1")
    return record


def _path(answer: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return where a name stands in an answer; nothing where the answer does not say it."""
    for member, inside in answer.items():
        if inside == name:
            return (member,)
        if isinstance(inside, Mapping) and (below := _path(inside, name)):
            return (member, *below)
    return ()


@contextmanager
def scratch(service: Service) -> Iterator[Platform]:
    """Yield a platform of one service in a folder of its own, on which everybody may do everything."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(SqliteStore(Path(folder) / "scratch.db")) as store,
    ):
        yield Platform(
            settings=Settings(home=Path(folder), token_key=b"key"),
            services={service.name: service},
            store=store,
            objects=None,  # type: ignore[arg-type]
            runs=FakeExecutor(),
            authorizer=AllowAll(),
            clock=FakeClock(1_700_000_000),
            ids=CountingIds(),
        )


__all__ = ["AwsError", "Trial", "scratch", "tried"]
