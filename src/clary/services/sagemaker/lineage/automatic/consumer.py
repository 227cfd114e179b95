"""The consumer of the change feed that writes lineage: which changes matter, and who writes what about them.

A further family, such as the executions of pipelines, has a row in `_WRITERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clary.plane import Change, Reaction, Record
from clary.services.sagemaker.lineage.automatic import endpoints, jobs, packages
from clary.services.sagemaker.lineage.automatic.recorder import Recorder
from clary.services.sagemaker.service import sagemaker

View = dict[str, Any]


class Writer(NamedTuple):
    """Who writes about the records of a kind, and after which changes, by what is observed before and after."""

    write: Callable[[Recorder, Record, Change], None]
    wants: Callable[[View | None, View], bool]


def _began_or_ended(old: View | None, new: View) -> bool:
    return old is None or (old["status"] != new["status"] and new["status"] in jobs.ENDED)


def _changed(old: View | None, new: View) -> bool:
    return old is None or old["status"] != new["status"]


def _approved(old: View | None, new: View) -> bool:
    return old is None or _approval(old) != _approval(new)


def _approval(view: View) -> Any:
    return view["members"].get("ModelApprovalStatus")


_JOB = Writer(jobs.record, _began_or_ended)
_WRITERS = {
    sagemaker.kind("TrainingJob"): _JOB,
    sagemaker.kind("ProcessingJob"): _JOB,
    sagemaker.kind("TransformJob"): _JOB,
    sagemaker.kind("ModelPackageGroup"): Writer(packages.record_group, _changed),
    sagemaker.kind("ModelPackage"): Writer(packages.record_package, _approved),
    sagemaker.kind("Endpoint"): Writer(endpoints.record, _changed),
}


def _concerns(change: Change) -> bool:
    new = change.view["new"]
    return new is not None and _WRITERS[change.kind].wants(change.view["old"], new)


@sagemaker.on_change(*_WRITERS, name="lineage", concerns=_concerns)
def write_lineage(at: Reaction, change: Change) -> None:
    """Write the lineage of a record as it is now. One that was deleted meanwhile has left all that it will."""
    record = at.tx.get(change.kind, change.scope, change.id)
    if record is not None and record.arn == change.arn:
        _WRITERS[change.kind].write(Recorder(at), record, change)
