"""Services say in which columns they name blobs: what no column names, a sweep deletes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from clary.plane import Platform
from clary.plane.blobs import columns_of, named
from clary.services import registry
from tests.inprocess import Loop

_TABLE = re.compile(r"create table if not exists (\w+) \((.*?)\n\)", re.IGNORECASE | re.DOTALL)


def columns_called_place() -> Iterator[str]:
    for outline in registry().outlines:
        if outline.schema:
            folder = Path(str(import_module(outline.schema).__file__)).parent / "schema"
            for script in sorted(folder.glob("*.sql")):
                for table, columns in _TABLE.findall(script.read_text()):
                    if re.search(r"^\s*place\s+text", columns, re.IGNORECASE | re.MULTILINE):
                        yield f"{table}.place"


def test_every_column_that_holds_the_place_of_bytes_is_said() -> None:
    found = set(columns_called_place())
    assert {"s3_object.place", "ecr_layer.place"} <= found
    assert found <= set(columns_of(registry()))


def test_what_rows_of_all_services_name(platform: Platform, loop: Loop) -> None:
    with platform.store.write() as tx:
        for number, table in enumerate(("s3_garbage", "ecr_garbage")):
            tx.sql(f"insert into {table} (place, since) values (?, 0)", f"blob-{number}")
        assert list(named(tx, columns_of(platform.registry))) == ["blob-0", "blob-1"]
