"""A home that an earlier version made opens, has everything in it, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clary.services import load_services
from clary.store.api import Store
from clary.store.open import open_store
from clary.store.schemas import Schema, schema_of
from tests.store.cluster import cluster
from tests.store.earlier import SCOPE, before_steps
from tests.support.stores import drop_all

# SageMaker's at commit 9a90eab.
_NOUNS_THEN = (
    *("DataQualityJobDefinition", "Endpoint", "EndpointConfig", "Model", "ModelPackage", "ModelPackageGroup"),
    *("MonitoringSchedule", "ProcessingJob", "TrainingJob", "TransformJob"),
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with cluster() as dsn:
        yield dsn


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "clary.db")
    dsn: str = request.getfixturevalue("postgres")
    drop_all(dsn)
    return dsn


def schemas() -> dict[str, Schema]:
    own = {name: schema for name, service in load_services().items() if (schema := service.schema)}
    return {"usage": schema_of("clary.plane"), **own}


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    before_steps(address)
    with closing(open_store(address, schemas=schemas())) as store:
        yield store


def test_every_schema_is_at_its_last_step(store: Store) -> None:
    with store.read() as tx:
        known = dict(tx.sql("select name, step from migration"))
    assert known.items() >= {name: len(schema.steps) for name, schema in schemas().items()}.items()


def test_rows_and_tags_are_as_they_were(store: Store) -> None:
    with store.read() as tx:
        done = tx.by_arn("arn:aws:sagemaker:us-east-1:111122223333:training-job/done")
        assert done is not None
        assert (done.id, done.status, done.version, done.created, done.modified) == (
            "done",
            "Completed",
            9,
            90,
            99,
        )
        assert done.doc["AlgorithmSpecification"] == {"TrainingImage": "xgboost"}
        assert tx.tags(done.arn) == {"team": "a"}
        assert tx.sql("select bucket, kind from s3_setting") == [("b", "tags")]


def test_it_has_the_same_tables_as_a_new_home(store: Store, tmp_path: Path) -> None:
    """By their remembered parts; on SQLite by what the database itself says as well."""
    with closing(open_store(tmp_path / "new.db", schemas=schemas())) as new:
        assert _parts(new) == _parts(store)
        if hasattr(store, "path"):
            with new.read() as a, store.read() as b:
                names = (
                    "select type, name from sqlite_master where name not like 'sqlite_%' order by type, name"
                )
                assert a.sql(names) == b.sql(names)
                columns = (
                    "select t.name, c.name from sqlite_master t, pragma_table_info(t.name) c order by 1, 2"
                )
                assert a.sql(columns) == b.sql(columns)


def _parts(store: Store) -> list[tuple[str, ...]]:
    with store.read() as tx:
        return tx.sql("select name, step, parts from migration order by name")


def test_kinds_bear_the_name_of_their_service(store: Store) -> None:
    with store.read() as tx:
        kinds = [kind for (kind,) in tx.sql("select distinct kind from resource order by kind")]
        assert kinds == ["cloudwatch:MetricAlarm", "sagemaker:Model", "sagemaker:TrainingJob"]
        assert len(tx.list("sagemaker:TrainingJob", SCOPE)) == 3


def test_the_class_of_a_log_group_stands_with_it(store: Store) -> None:
    with store.write() as tx:
        groups = tx.sql("select name, created, kind from logs_group order by name")
        assert groups == [("plain", 5, "STANDARD"), ("rare", 5, "INFREQUENT_ACCESS")]


def test_every_noun_of_the_version_before_is_renamed(address: str) -> None:
    """The nouns that wrote records then: `Resource(...)` of SageMaker, and CloudWatch's one."""
    nouns = [("sagemaker", noun) for noun in _NOUNS_THEN] + [("cloudwatch", "MetricAlarm")]
    before_steps(address, [noun for _, noun in nouns])
    with closing(open_store(address, schemas=schemas())) as store, store.read() as tx:
        for service, noun in nouns:
            assert tx.get(f"{service}:{noun}", SCOPE, "every") is not None, noun
