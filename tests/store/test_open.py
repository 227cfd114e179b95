"""Which store an address names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clary.store.open import open_store
from clary.store.sqlite import SqliteStore


def test_a_path_is_sqlite(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db", synchronous="FULL")
    assert isinstance(store, SqliteStore)
    store.close()


def test_without_psycopg_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "clary.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RuntimeError, match=r"pip install 'clary\[postgres\]'"):
        open_store("postgresql://localhost/x")


def test_a_kind_of_store_that_there_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="unknown kind of store 'mysql'"):
        open_store("mysql://host/clary")
    assert list(tmp_path.iterdir()) == []
