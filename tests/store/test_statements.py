"""The loader of named statements and the splitter of scripts."""

from __future__ import annotations

from clary.store.statements import split, statements


def test_every_statement_has_a_text() -> None:
    found = statements()
    assert {"get", "insert", "update", "delete", "list", "claim", "tags", "once"} <= found.keys()
    assert all(text.strip() for text in found.values())
    assert found["get"].startswith("select")
    assert found["get"].endswith("id = ?")


def test_semicolons_in_strings_names_and_comments_do_not_end_a_statement() -> None:
    script = """
    -- one; comment
    insert into a values ('x;''y', ";") /* two; */ ; ;
    select 1 - 2 -- three
    """
    assert [" ".join(s.split()) for s in split(script)] == [
        "insert into a values ('x;''y', \";\")",
        "select 1 - 2",
    ]


def test_nothing_is_no_statement() -> None:
    assert list(split(" ; -- nothing\n ;")) == []
