"""What an execution is, for the interpreter: its definition, and the constant part of the context object."""

from __future__ import annotations

from clary.plane import Record
from clary.services.stepfunctions.interpreter import definition
from clary.services.stepfunctions.interpreter.definition import Definition
from clary.services.stepfunctions.interpreter.run import Facts
from clary.services.stepfunctions.language.texts import load
from clary.services.stepfunctions.language.timestamps import text_of
from clary.services.stepfunctions.machines.noun import definition_text
from clary.store.api import Tx

_MOST = 200
_known: dict[tuple[str, str], Definition] = {}


def definition_of(tx: Tx, record: Record) -> Definition:
    """Return the definition that an execution began with. A digest means the same text for ever."""
    key = (record.scope, record.spec["digest"])
    found = _known.get(key)
    if found is None:
        found = definition.read(definition_text(tx, *key))
        if len(_known) >= _MOST:
            _known.clear()
        _known[key] = found
    return found


def facts_of(record: Record, input: str) -> Facts:
    """Return the facts of an execution."""
    spec = record.spec
    execution = {
        "Id": record.arn,
        "Input": load(input),
        "Name": spec["name"],
        "RoleArn": spec["roleArn"],
        "StartTime": text_of(spec["startDate"]),
        "RedriveCount": record.observed.get("redriveCount", 0),
    }
    machine = {"Id": spec["stateMachineArn"], "Name": spec["machine"]}
    return Facts(record.arn, spec["roleArn"], record.scope.partition("/")[2], execution, machine)
