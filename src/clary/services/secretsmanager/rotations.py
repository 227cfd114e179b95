"""Rotations that go on: four steps of a Lambda function, one after the other, and the time of the next rotation.

A rotation is a record of its own beside the secret, since the function changes the secret while its step goes on. A step that fails
is done again five times, as the function's steps may be (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import orjson

from clary.kernel import AwsError, Caller
from clary.plane import Context, Key, Noun, Record, Step, World, revise
from clary.services.secretsmanager import stages
from clary.services.secretsmanager.names import SECRET, Params
from clary.services.secretsmanager.service import secretsmanager
from clary.store.api import Tx
from clary.workloads import schedules

log = logging.getLogger("clary.secretsmanager")

ROTATION = secretsmanager.declare(Noun("Rotation", arn="rotation:{Name}", key=Key("Name")))
_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_TRIES, _PAUSE = 5, 60.0
_DAY = 86_400


def begin(ctx: Context, secret: Record, rotation: Params, token: str) -> None:
    """Write that a secret is to be rotated now, with the version `token`, or ('') when its time comes."""
    doc = {
        "spec": {"function": rotation["function"], "rules": rotation["rules"], "secret": secret.arn},
        "status": {},
        "private": {"token": token, "step": 0, "tries": 0},
    }
    status = "Rotating" if token else "Waiting"
    old = ctx.tx.get(ROTATION.kind, ctx.scope, secret.id)
    if old is None:
        arn = f"{secret.arn}/rotation"
        record = Record(ROTATION.kind, ctx.scope, secret.id, arn, status, doc, due=ctx.now, created=ctx.now)
        ctx.tx.insert(record)
    else:
        ctx.tx.update(old.evolve(doc=doc, status=status, due=ctx.now, until=None))


def end(ctx: Context, secret: Record) -> None:
    """Forget the rotation of a secret."""
    record = ctx.tx.get(ROTATION.kind, ctx.scope, secret.id)
    if record is not None:
        ctx.tx.delete(record)


def next_time(rules: Mapping[str, Any], after: float) -> float | None:
    """Return when a secret is rotated next, in business time; None without a rule. Raise ValueError for a bad expression."""
    if expression := rules.get("ScheduleExpression"):
        return schedules.parse(expression).next(after, after + 1)
    days = rules.get("AutomaticallyAfterDays")
    return after + days * _DAY if days else None


def shown(secret: Record) -> Params:
    """Return what DescribeSecret and ListSecrets say of a secret's rotation."""
    rotation = secret.private.get("rotation")
    if not rotation:
        return {}
    said = {"RotationEnabled": rotation["enabled"], "RotationLambdaARN": rotation["function"]}
    more = {
        "RotationRules": rotation["rules"],
        "LastRotatedDate": rotation.get("last"),
        "NextRotationDate": rotation.get("next"),
    }
    return said | {name: value for name, value in more.items() if value}


@secretsmanager.controller(ROTATION)
def rotate(record: Record, world: World) -> Step:
    """Have the function do the next step, or wait for the time of the next rotation."""
    secret = world.get(SECRET.kind, record.id)
    if secret is None or secret.arn != record.spec["secret"]:
        return Step(delete=True)
    if secret.status != "Active":
        return Step(after=_PAUSE)
    if record.status == "Waiting":
        return _waiting(record, world)
    return _stepped(record, world)


def _waiting(record: Record, world: World) -> Step:
    """Begin the next rotation when its time has come."""
    due = record.private.get("next")
    if due is None:
        due = next_time(record.spec["rules"], world.business.now)
        if due is None:
            return Step()
    if due > world.business.now:
        return Step(private={"next": due}, until=due, writes=(lambda tx: _note(tx, record, {"next": due}),))
    token = world.ids.uuid()
    return Step(
        "Rotating",
        private={"token": token, "step": 0, "tries": 0, "next": None},
        after=0.0,
        writes=(lambda tx: _make_pending(tx, record, token),),
    )


def _stepped(record: Record, world: World) -> Step:
    """Do one step. The last one makes the new version current, by the function's own call."""
    number, tries = record.private["step"], record.private["tries"]
    if not _done(record, world, _STEPS[number]):
        if tries + 1 >= _TRIES:
            return Step("Waiting", private={"tries": 0, "step": 0}, after=0.0)
        return Step(private={"tries": tries + 1}, until=world.business.now + _PAUSE)
    if number + 1 < len(_STEPS):
        return Step(private={"step": number + 1, "tries": 0}, after=0.0)
    due = next_time(record.spec["rules"], world.business.now)
    return Step(
        "Waiting",
        private={"next": due, "step": 0, "tries": 0},
        until=due,
        writes=(lambda tx: _note(tx, record, {"last": world.now, "next": due}),),
    )


def _done(record: Record, world: World, step: str) -> bool:
    """Invoke the function for one step; return whether it did it."""
    arn = record.spec["secret"]
    event = {"Step": step, "SecretId": arn, "ClientRequestToken": record.private["token"]}
    asked = {"FunctionName": record.spec["function"], "Payload": orjson.dumps(event)}
    service = Caller.of_service(secretsmanager.principal, world.account, arn)
    try:
        answer = world.platform.perform(
            "lambda", "Invoke", asked, service, world.region, account=record.spec["function"].split(":")[4]
        )
    except AwsError as error:
        log.warning("%s of %s was refused: %s", step, record.id, error)
        return False
    return not answer.get("FunctionError")


def _note(tx: Tx, record: Record, what: Params) -> None:
    """Write down at the secret when it was rotated, and when it is to be."""
    secret = tx.get(SECRET.kind, record.scope, record.id)
    if secret is not None and secret.private.get("rotation"):
        rotation: dict[str, Any] = {**secret.private["rotation"], **what}
        tx.update(revise(secret, private={"rotation": rotation}))


def _make_pending(tx: Tx, record: Record, token: str) -> None:
    secret = tx.get(SECRET.kind, record.scope, record.id)
    if secret is not None:
        labels = stages.attached(secret.private["stages"], [stages.PENDING], token)
        tx.update(revise(secret, private={"stages": labels}))
