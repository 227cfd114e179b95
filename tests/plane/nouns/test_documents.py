"""The three parts of a document, and documents that an earlier version stored."""

from __future__ import annotations

from pathlib import Path

from clary.kernel import FakeClock
from clary.plane import Document, Record, Service, revise
from clary.plane.nouns.documents import split
from clary.plane.nouns.upgrade import renew
from clary.store.sqlite import SqliteStore
from tests.plane import tiny

OLD = {"ModelName": "m", "SecondaryStatus": "Starting", "_run": "r-1"}


def test_a_document_of_one_part_becomes_one_of_three() -> None:
    """Underscores were private; what Create may say is spec."""
    assert split(OLD, {"ModelName"}) == {
        "spec": {"ModelName": "m"},
        "status": {"SecondaryStatus": "Starting"},
        "private": {"run": "r-1"},
    }


def test_none_takes_a_member_away_from_its_part_alone() -> None:
    record = Record("k", "s", "i", doc=Document({"A": 1}, {"A": 2}, {"A": 3}).over({"B": 4}))
    assert revise(record, observed={"A": None, "C": 5}).doc == {
        "spec": {"B": 4, "A": 1},
        "status": {"C": 5},
        "private": {"A": 3},
    }


def test_a_home_of_before(tmp_path: Path, clock: FakeClock, service: Service) -> None:
    """Its jobs are found by what they were filtered by, shown as they were, and their private members kept."""
    earlier = SqliteStore(tmp_path / "tiny.db")
    kind = service.nouns["TransformJob"].kind
    arn = f"arn:aws:sagemaker:{tiny.REGION}:{tiny.ACCOUNT}:transform-job/j"
    with earlier.write() as tx:
        old = {**OLD, "_why": "no reason"}
        tx.insert(Record(kind, tiny.SCOPE, "j", arn, "Completed", old, created=clock.now(), modified=1.0))
    earlier.close()
    service.split_documents(service.nouns["TransformJob"])
    small = tiny.platform(tmp_path, clock, service)
    renew(small.store, service.renewed)
    with small.store.read() as tx:
        assert tx.count(kind, None, tiny.by("doc.spec.ModelName", "m")) == 1
    shown = tiny.call(small, "DescribeTransformJob", TransformJobName="j")
    assert (shown["ModelName"], shown["FailureReason"]) == ("m", "no reason")
    assert shown["TransformJobStatus"] == "Completed"
    with small.store.read() as tx:
        record = tx.get(kind, tiny.SCOPE, "j")
    assert record is not None
    assert (record.observed, record.private) == (
        {"SecondaryStatus": "Starting"},
        {"run": "r-1", "why": "no reason"},
    )
    small.store.close()


def test_records_are_renewed_once(tmp_path: Path, clock: FakeClock, service: Service) -> None:
    small = tiny.platform(tmp_path, clock, service)
    kind = service.nouns["Model"].kind
    tiny.call(small, "CreateModel", ModelName="m")
    versions = []
    for _ in range(3):
        renew(small.store, [kind])
        with small.store.read() as tx:
            record = tx.get(kind, tiny.SCOPE, "m")
        assert record is not None
        versions.append(record.version)
    assert versions == [2, 2, 2]
    small.store.close()
