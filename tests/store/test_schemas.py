"""What a schema's steps may say, how they are numbered, and what their fingerprints mind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clary.store.schemas import Schema, fingerprint, schema_of

TABLE = "create table if not exists thing (name text default 'a B', size real, unique (name, size))"


@pytest.mark.parametrize(
    "same",
    [
        "CREATE TABLE IF NOT EXISTS Thing (name TEXT DEFAULT 'a B', size REAL, UNIQUE (name, size))",
        "create table if not exists thing(\n\tname text default 'a B',\r\n size real ,unique(name,size) )",
    ],
)
def test_spaces_and_capitals_do_not_matter(same: str) -> None:
    assert fingerprint(same) == fingerprint(TABLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("'a B'", "'a b'"), ("'a B'", "'a  B'"), ("size real", "size text"), (", unique (name, size)", "")],
)
def test_everything_else_does(old: str, new: str) -> None:
    assert fingerprint(TABLE.replace(old, new)) != fingerprint(TABLE)


def test_comments_are_no_part_of_a_statement() -> None:
    inside = TABLE.replace("real,", "real, -- in metres; roughly\n")
    commented = f"-- why;\n{inside}; /* that is all; */"
    assert Schema.of(commented).parts(1) == {"table thing": fingerprint(TABLE)}


def test_parts_are_named_by_what_they_are() -> None:
    script = f"{TABLE}; Create Unique Index If Not Exists Thing_Name on thing (name);"
    assert list(Schema.of(script).parts(1)) == ["table thing", "index thing_name"]


def test_parts_follow_what_the_steps_make_of_them() -> None:
    index = "create index if not exists thing_size on thing (size)"
    schema = Schema.of(
        f"{TABLE}; {index}",
        "alter table thing add column colour text",
        "alter table Thing rename to item; delete from item",
        "create table if not exists more (a text)",
        "drop table item",
    )
    assert [sorted(schema.parts(step)) for step in range(6)] == [
        [],
        ["index thing_size", "table thing"],
        ["index thing_size", "table thing"],
        ["index thing_size", "table item"],
        ["index thing_size", "table item", "table more"],
        ["table more"],
    ]
    assert schema.parts(1)["table thing"] != schema.parts(2)["table thing"]


@pytest.mark.parametrize(
    "other", ["create table thing (a text)", "drop table thing", "alter table thing add b text", "vacuum"]
)
def test_a_first_step_that_does_anything_else_is_a_mistake(other: str) -> None:
    with pytest.raises(ValueError, match="if they do not exist"):
        Schema.of(f"{TABLE}; {other}")


@pytest.mark.parametrize("other", ["create table more (a text)", "vacuum", "drop table if exists thing"])
def test_so_is_a_later_one(other: str) -> None:
    with pytest.raises(ValueError, match="not so"):
        Schema.of(TABLE, other)


@pytest.mark.parametrize(
    "other", ["drop table other", "alter table other add b text", "drop index thing_size"]
)
def test_a_step_changes_only_what_those_before_it_made(other: str) -> None:
    with pytest.raises(ValueError, match="did not make"):
        Schema.of(TABLE, other)


class TestFiles:
    @pytest.fixture
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / "stepped_package" / "schema").mkdir(parents=True)
        (tmp_path / "stepped_package" / "__init__.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "stepped_package", raising=False)
        schema_of.cache_clear()
        return tmp_path / "stepped_package" / "schema"

    def test_steps_are_in_the_order_of_their_numbers(self, package: Path) -> None:
        (package / "0002_colour.sql").write_text("alter table thing add column colour text")
        (package / "0001_first.sql").write_text(TABLE)
        (package / "README.md").write_text("not a step")
        assert schema_of("stepped_package").steps == (TABLE, "alter table thing add column colour text")

    @pytest.mark.parametrize(
        "names",
        [
            ["0002_second.sql"],
            ["0001_first.sql", "0003_third.sql"],
            ["0001_first.sql", "0001_again.sql"],
            ["first.sql"],
            ["0001_first.sql", "0002.sql"],
        ],
    )
    def test_a_number_that_is_missing_or_taken_twice_is_a_mistake(
        self, package: Path, names: list[str]
    ) -> None:
        for name in names:
            (package / name).write_text("")
        with pytest.raises(ValueError, match="numbered one after the other"):
            schema_of("stepped_package")
