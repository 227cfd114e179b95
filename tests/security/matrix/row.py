"""One operation, tried by one caller: what is wrong with the answer, and with what the call left behind."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from clary.plane import Service
from tests.conftest import ACCOUNT
from tests.security.matrix import exceptions, refusals
from tests.security.matrix.callers import STRANGERS_ACCOUNTS, Caller
from tests.security.matrix.case import Case, Outcome
from tests.security.matrix.snapshot import Change, change
from tests.security.matrix.world import Answer, World

_SUCCEEDS = (Outcome.OWN, Outcome.OPEN, Outcome.FEDERATED)
# Sentences that name no action: S3's for other accounts, STS's for roles (denials.py holds their sources).
_SILENT = ("Access Denied", "Forbidden", "Roles may not be assumed by root accounts.")
# What STS says to GetSessionToken with temporary credentials (https://github.com/aws/aws-sdk-net/issues/1704).
_OF_SESSIONS = ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials")

_OF_OTHERS = ("InvalidUserType", 400)


@dataclass(frozen=True, slots=True)
class Row:
    """Each method returns problems in words; none where all is as it must be."""

    world: World
    operation: str
    case: Case

    @property
    def service(self) -> Service:
        return self.world.platform.services[self.world.service]

    @property
    def action(self) -> str:
        """IAM's name of what is asked for."""
        return f"{self.service.action_prefix}:{self.case.action or self.operation}"

    def tried_by(self, caller: Caller, params: dict[str, Any]) -> list[str]:
        """A call by somebody who does not own what it is about."""
        outcome = self._outcome(caller)
        given = self.case.make(self.world) if outcome in (Outcome.OPEN, Outcome.FEDERATED) else params
        before = self.world.observer.state()
        answer = self.world.call(caller, self.operation, given)
        left = change(before, self.world.observer.state())
        found = [
            self._wrong_answer(caller, outcome, answer),
            self._wrong_content(outcome),
            _wrong_change(caller, outcome, left),
        ]
        return [problem for problem in found if problem]

    def done_by(self, caller: Caller, params: dict[str, Any]) -> list[str]:
        """The owner's own call, which shows that the others were not refused for its form."""
        answer = self.world.call(caller, self.operation, params)
        outcome = self._outcome(caller)
        if outcome in (Outcome.REFUSED, Outcome.UNFIT):
            wrong = self._wrong_answer(caller, outcome, answer)
        elif answer.code != self.case.absent:
            wrong = f"{answer.code} {answer.message!r} {answer.status}"
        else:
            wrong = str(answer.parsed.get("Errors") or "")
        return [wrong] if wrong else []

    def _outcome(self, caller: Caller) -> Outcome:
        exempt = exceptions.outcome_of(self.service.model, self.operation, caller.name)
        if exempt or caller.name in ("owner", "root"):
            return exempt or Outcome.OWN
        return self.case.stranger if caller.is_stranger else Outcome.REFUSED

    def _wrong_answer(self, caller: Caller, outcome: Outcome, answer: Answer) -> str:
        if outcome in _SUCCEEDS:
            return "" if answer.succeeded else f"{answer.code} {answer.message!r} and not a success"
        if outcome is Outcome.UNROUTED:
            return (
                ""
                if 400 <= answer.status < 500 or answer.status == 501
                else f"{answer.status} {answer.message!r}"
            )
        if outcome is Outcome.SESSION:
            found = (answer.code, answer.status, answer.message)
            return "" if found == _OF_SESSIONS else f"{found} and not {_OF_SESSIONS}"
        if outcome is Outcome.UNFIT:
            return "" if (answer.code, answer.status) == _OF_OTHERS else f"{answer.code} and not {_OF_OTHERS}"
        if outcome is Outcome.MISSING:
            return refusals.missing(self.service, answer)
        return self._wrong_refusal(caller, answer)

    def _wrong_refusal(self, caller: Caller, answer: Answer) -> str:
        head = self.operation.startswith("Head")
        wrong = refusals.refused(self.service.model, caller, answer, head)
        return wrong or self._wrong_sentence(caller, answer)

    def _wrong_sentence(self, caller: Caller, answer: Answer) -> str:
        """Within an account the sentence names the action, by the name that IAM's own pages give it."""
        if not caller.signs or caller.is_stranger or answer.message in ("", *_SILENT):
            return ""
        said = f"not authorized to perform: {self.action}"
        return "" if said in answer.message else f"{answer.message!r} does not say {said!r}"

    def _wrong_content(self, outcome: Outcome) -> str:
        if self.world.shows_marker():
            return "the answer shows what the owner keeps"
        if outcome is Outcome.OWN and self.world.names(ACCOUNT):
            return "the answer names the owner's account"
        return ""


def _wrong_change(caller: Caller, outcome: Outcome, left: Change) -> str:
    """What a call changed that it must not: anything, or in an account of its own anything of the owner's."""
    if outcome in _SUCCEEDS:
        lost = [row for row in left.lost if not _names(row, *STRANGERS_ACCOUNTS)]
        strange = caller.is_stranger and outcome is not Outcome.FEDERATED
        new = [row for row in left.new if _names(row, ACCOUNT) and strange]
        return f"changed what is the owner's: {lost} {new}" if lost or new else ""
    return f"changed: {left}" if left else ""


def _names(row: Hashable, *accounts: str) -> bool:
    return any(account in repr(row) for account in accounts)
