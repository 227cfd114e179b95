"""The definition that an execution runs by: that of its version of the pipeline, read once in each process.

Private members of the execution: `version`, and `digest` of the definition's text, by which it is found again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

from clary.plane import Context, Record
from clary.services.sagemaker.pipelines import versions
from clary.services.sagemaker.pipelines.definition import parse
from clary.services.sagemaker.pipelines.executions.plan import Plan
from clary.services.sagemaker.pipelines.pipeline import PIPELINE
from clary.store.api import Store, Tx

_MOST = 100
_plans: OrderedDict[str, Plan] = OrderedDict()  # by digest, the last used last
_lock = Lock()


def text_at(ctx: Context, pipeline: Record, version: int | None) -> tuple[int, str]:
    """Return the number and the text of a version, the newest by default. Raise ResourceNotFound."""
    number = versions.newest(pipeline) if version is None else version
    return number, versions.text_of(versions.find(ctx.tx, pipeline, number))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(tx: Tx, execution: Record) -> str:
    """Return the text of an execution's definition."""
    pipeline = tx.get(PIPELINE.kind, execution.scope, execution.id.partition("/")[0])
    if pipeline is None:
        raise LookupError(f"the pipeline of {execution.arn} has gone, and the execution with it")
    return versions.text_of(versions.find(tx, pipeline, execution.private["version"]))


def plan_of(store: Store, execution: Record) -> Plan:
    """Return the steps of an execution's definition."""
    digest = execution.private["digest"]
    found = _known(digest)
    if found is None:
        with store.read() as tx:
            found = parsed(text_of(tx, execution), digest)
    return found


def parsed(text: str, digest: str) -> Plan:
    """Return the steps of a definition, which is kept for those who ask next."""
    found = _known(digest) or Plan(parse(text))
    with _lock:
        _plans[digest] = found
        while len(_plans) > _MOST:
            _plans.popitem(last=False)
    return found


def _known(digest: str) -> Plan | None:
    with _lock:
        if digest in _plans:
            _plans.move_to_end(digest)
        return _plans.get(digest)
