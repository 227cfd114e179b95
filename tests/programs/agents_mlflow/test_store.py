"""The store of an MLflow server is whole and of this version, or as it was, whenever its program is killed."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from clary_programs.agents.mlflow.store import prepare


class Killed(Exception):
    """In the place of a kill -9."""


class Engine:
    """SQLAlchemy's, as far as the store is concerned."""

    def __init__(self, url: str) -> None:
        self.connection = sqlite3.connect(url.removeprefix("sqlite:///"))

    def dispose(self) -> None:
        self.connection.close()


class Utils(ModuleType):
    """`mlflow.store.db.utils` of a version; `dies` says that it is killed in the middle of its work."""

    latest = "b"
    dies = False
    create_sqlalchemy_engine_with_retry = staticmethod(Engine)

    def _initialize_tables(self, engine: Engine) -> None:
        engine.connection.execute("create table run (name text)")
        engine.connection.execute("create table version (name text)")
        self._finish(engine)

    def _upgrade_db(self, engine: Engine) -> None:
        engine.connection.execute(f"alter table run add column {self.latest} text")
        self._finish(engine)

    def _finish(self, engine: Engine) -> None:
        engine.connection.commit()
        if self.dies:
            raise Killed
        engine.connection.execute("delete from version")
        engine.connection.execute("insert into version values (?)", (self.latest,))
        engine.connection.commit()

    def _get_schema_version(self, engine: Engine) -> str:
        return engine.connection.execute("select name from version").fetchone()[0]

    def _get_latest_schema_revision(self) -> str:
        return self.latest


@pytest.fixture
def utils(monkeypatch: pytest.MonkeyPatch) -> Utils:
    made = Utils("mlflow.store.db.utils")
    monkeypatch.setitem(sys.modules, "mlflow.store.db.utils", made)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mlflow.db"


def asked(path: Path, statement: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def test_it_is_made_and_keeps_a_log(utils: Utils, path: Path) -> None:
    prepare(str(path))
    assert asked(path, "select name from version") == [("b",)]
    assert asked(path, "pragma journal_mode") == [("wal",)]
    assert list(path.parent.iterdir()) == [path]


def test_killed_while_it_was_made(utils: Utils, path: Path) -> None:
    utils.dies = True
    with pytest.raises(Killed):
        prepare(str(path))
    assert not path.exists()
    utils.dies = False
    prepare(str(path))
    assert asked(path, "select name from version") == [("b",)]


def test_one_of_this_version_is_left_alone(utils: Utils, path: Path) -> None:
    prepare(str(path))
    asked(path, "insert into run values ('one')")
    number = path.stat().st_ino
    prepare(str(path))
    assert (path.stat().st_ino, asked(path, "select name from run")) == (number, [("one",)])


def test_one_of_an_earlier_version_is_brought_up_with_what_is_in_its_log(utils: Utils, path: Path) -> None:
    prepare(str(path))
    # As after a kill: the log is not in the file yet.
    with closing(sqlite3.connect(path)) as killed:
        killed.execute("insert into run values ('one')")
        killed.commit()
        log = path.with_name("mlflow.db-wal").read_bytes()
        before = path.read_bytes()
    path.write_bytes(before)
    path.with_name("mlflow.db-wal").write_bytes(log)
    utils.latest = "c"
    prepare(str(path))
    assert asked(path, "select name, c from run") == [("one", None)]


def test_killed_while_it_was_brought_up(utils: Utils, path: Path) -> None:
    prepare(str(path))
    asked(path, "insert into run values ('one')")
    utils.latest, utils.dies = "c", True
    with pytest.raises(Killed):
        prepare(str(path))
    assert asked(path, "select * from run") == [("one",)]
    utils.dies = False
    prepare(str(path))
    assert asked(path, "select name, c from run") == [("one", None)]
