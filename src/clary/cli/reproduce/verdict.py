"""Whether two runs of a training job have the same result, and if not, why. Makes no calls.

Causes are what the lineage knows to have changed: the data of a channel, the archive of the code, the interpreter, a
library. Where nothing of that has changed the program itself does not repeat, most often for want of a fixed seed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from clary.cli.reproduce.artefacts import Members
from clary.cli.reproduce.clients import Document
from clary.cli.reproduce.records import Input, RunRecord

_SAME = "the same"
_SEEDS = ("seed", "random_state", "random-state")
_NAMED = 3  # things that a sentence lists before it counts


@dataclass(frozen=True, slots=True)
class Pair:
    """Two jobs as Describe shows them, their records, and the files of their models; None for what is not known."""

    then: Document
    now: Document
    record: RunRecord | None
    new_record: RunRecord | None
    files: Members | None
    new_files: Members | None


class Row(NamedTuple):
    """A line of the table."""

    what: str
    then: str
    now: str


class Finding(NamedTuple):
    """A line of the table, and the cause that it is of a difference ('' for none)."""

    row: Row
    cause: str = ""


class Verdict(NamedTuple):
    """The table, the sentence below it, and whether the model was reproduced."""

    rows: list[Row]
    sentence: str
    good: bool


def of(pair: Pair) -> Verdict:
    """Judge two runs."""
    findings = [*_inputs(pair), *_environment(pair), _seed(pair)]
    causes = [one.cause for one in findings if one.cause]
    rows = [*(one.row for one in findings), *_metrics(pair), _model(pair)]
    if pair.now["TrainingJobStatus"] != "Completed" and not pair.new_files:
        reason = pair.now.get("FailureReason", pair.now["TrainingJobStatus"])
        return Verdict(rows, f"not reproduced: the job has failed ({reason}){_because(pair, causes)}", False)
    if pair.files is not None and pair.files == pair.new_files:
        return Verdict(rows, "identical: every file of the model has the same bytes", True)
    if pair.files is None and _archives_agree(pair):
        return Verdict(rows, "identical: the archive of the model has the digest of then", True)
    if _metrics_agree(pair):
        return Verdict(
            rows, f"equal: the metrics are the same; the files are not{_because(pair, causes)}", True
        )
    return Verdict(rows, f"different{_because(pair, causes)}", False)


def _because(pair: Pair, causes: list[str]) -> str:
    if causes:
        return ": " + "; ".join(causes)
    if pair.files is None and pair.new_files is not None:
        return ": the model of the first run can no longer be read"
    if pair.record is None:
        return ": it was not recorded what the first run began with"
    if not seeds(pair.then):
        return ": nothing that is recorded has changed, and no seed was given, so the program draws its own"
    return ": nothing that is recorded has changed; the program does not repeat (threads, time, or a seed of its own)"


# what may be a cause ---------------------------------------------------------------------------------------------


def _inputs(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each channel and for the code."""
    if pair.record is None:
        yield Finding(Row("data, code", "not recorded", ""))
        return
    after = pair.new_record.inputs if pair.new_record else {}
    for place, before in pair.record.inputs.items():
        kind, label = ("code", "code") if place.startswith("s3://") else ("data", f"data {place}")
        if place == "code":  # SDK v3 and processing scripts lay their code as a channel
            kind = label = "code"
        if _is_checkpoint(pair.then, before):
            yield _checkpoints(before)
        else:
            yield _input(kind, label, before, after.get(place))


def _is_checkpoint(job: Document, found: Input) -> bool:
    return found.uri.rstrip("/") == job.get("CheckpointConfig", {}).get("S3Uri", "").rstrip("/")


def _checkpoints(before: Input) -> Finding:
    """Return whether the first run went on from checkpoints. The second one has a folder of its own (rerun.py), so it never
    does."""
    if not before.objects:
        return Finding(Row("checkpoints", "none", _SAME))
    cause = f"the first run went on from the checkpoints at {before.uri}, and this one began anew"
    return Finding(Row("checkpoints", _amount(before), "none"), cause)


def _input(kind: str, label: str, before: Input, after: Input | None) -> Finding:
    said = _amount(before)
    if after is None:
        return Finding(Row(label, said, "was not fetched"))
    if before.digest == after.digest and before.objects:
        return Finding(Row(label, said, _SAME))
    if not after.objects:
        return Finding(Row(label, said, "gone"), f"{_subject(kind, before)} is missing")
    return Finding(Row(label, said, f"changed: {_amount(after)}"), f"{_subject(kind, before)} has changed")


def _subject(kind: str, found: Input) -> str:
    return f"the {kind} at {found.uri}"


def _amount(found: Input) -> str:
    objects = f"{found.objects} object{'s' * (found.objects != 1)}"
    return f"{objects}, {found.bytes:,} bytes, {found.digest[:12]}"


def _environment(pair: Pair) -> Iterator[Finding]:
    image = pair.then["AlgorithmSpecification"]["TrainingImage"]
    yield Finding(Row("image", image.rpartition("/")[2], _SAME))
    before, after = pair.record, pair.new_record
    if before is None or after is None or not before.python:
        return
    changed = before.python != after.python
    cause = f"Python is {after.python} and was {before.python}" if changed else ""
    yield Finding(Row("Python", before.python, after.python if changed else _SAME), cause)
    changes = list(_changes(before.libraries, after.libraries))
    cause = f"libraries have changed ({_listed(changes)})" if changes else ""
    yield Finding(Row("libraries", str(len(before.libraries)), _listed(changes) if changes else _SAME), cause)


def _changes(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield f"{name} {old or 'was not there'} → {new or 'gone'}"


def _listed(texts: list[str]) -> str:
    more = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def seeds(job: Document) -> dict[str, str]:
    """Return the hyperparameters and variables of a job that fix its random numbers."""
    given = {**job.get("Environment", {}), **job.get("HyperParameters", {})}
    return {name: value for name, value in given.items() if any(word in name.lower() for word in _SEEDS)}


def _seed(pair: Pair) -> Finding:
    given = ", ".join(f"{name}={_plain(value)}" for name, value in seeds(pair.then).items())
    return Finding(Row("seed", given or "none given", _SAME if given else "none given"))


def _plain(value: str) -> str:
    """Return a hyperparameter as it was meant: SDKs write them as JSON."""
    try:
        return str(json.loads(value))
    except ValueError:
        return value


# what came of it -------------------------------------------------------------------------------------------------


def _values(job: Document) -> dict[str, float]:
    return {one["MetricName"]: one["Value"] for one in job.get("FinalMetricDataList", [])}


def _metrics(pair: Pair) -> Iterator[Row]:
    after = _values(pair.now)
    for name, value in _values(pair.then).items():
        same = name in after and _close(value, after[name])
        now = _SAME if same else f"{after[name]:.6g}" if name in after else "not logged"
        yield Row(f"metric {name}", f"{value:.6g}", now)


def _archives_agree(pair: Pair) -> bool:
    """Return whether the archives of both models have one digest. The same files make the same archive."""
    before, after = _archive(pair.then, pair.record), _archive(pair.now, pair.new_record)
    return before is not None and before == after


def _archive(job: Document, record: RunRecord | None) -> str | None:
    uri = job.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")
    return record.outputs.get(uri) if record else None


def _metrics_agree(pair: Pair) -> bool:
    """Return whether both runs logged the same metrics with the same values. Without any they say nothing."""
    before, after = _values(pair.then), _values(pair.now)
    same = before.keys() == after.keys() and all(_close(before[name], after[name]) for name in before)
    return bool(before) and same


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))


def _model(pair: Pair) -> Row:
    if pair.files is None:
        return Row("model", "cannot be read", "-" if pair.new_files is None else _count(pair.new_files))
    if pair.new_files is None:
        return Row("model", _count(pair.files), "none")
    differing = [
        name
        for name in sorted({*pair.files, *pair.new_files})
        if pair.files.get(name) != pair.new_files.get(name)
    ]
    return Row("model", _count(pair.files), f"differs in {_listed(differing)}" if differing else _SAME)


def _count(files: Members) -> str:
    return f"{len(files)} file{'s' * (len(files) != 1)}"
