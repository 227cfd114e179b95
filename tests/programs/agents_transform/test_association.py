"""Filters and joins (AWS developer guide, "Associate prediction results with input records")."""

from __future__ import annotations

import pytest

from clary_programs.agents.transform.association import association_of
from clary_programs.agents.transform.config import TransformConfig
from clary_programs.agents.transform.errors import TransformError
from clary_programs.agents.transform.jsonpath import BadPath, compile_path

RECORD = {"id": 7, "features": [1, 2, 3], "deep": {"a": 1, "b": {"c": 2}}}


def associated(
    kind: str, payload: bytes, answer: bytes, split: str = "Line", **processing: str
) -> tuple[bytes, bytes]:
    config = TransformConfig(
        {"TransformInput": {"ContentType": kind, "SplitType": split}, "DataProcessing": processing}
    )
    association = association_of(config)
    return association.to_model(payload), association.to_output(payload, answer)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", RECORD),
        ("$.id", 7),
        ("$['id']", 7),
        ("$['id','deep']", {"id": 7, "deep": RECORD["deep"]}),
        ("$.deep.b.c", 2),
        ("$.deep['b'].c", 2),
        ("$.features[0]", 1),
        ("$.features[-1]", 3),
        ("$.features[0,2]", [1, 3]),
        ("$.features[1:]", [2, 3]),
        ("$.features[:-1]", [1, 2]),
        ("$.features[*]", [1, 2, 3]),
        ("$.deep.*", [1, {"c": 2}]),
    ],
)
def test_the_supported_operators(path: str, value: object) -> None:
    assert compile_path(path)(RECORD) == value


@pytest.mark.parametrize("path", ["id", "$..id", "$.a[?(@.x)]", "$[", "$.features[1:2:3]", "$x"])
def test_all_else_is_refused(path: str) -> None:
    with pytest.raises(BadPath):
        compile_path(path)


@pytest.mark.parametrize("path", ["$.nothing", "$.id.x", "$.features[9]", "$.id[0]", "$['id','nothing']"])
def test_a_record_that_does_not_fit_is_an_error(path: str) -> None:
    with pytest.raises(BadPath):
        compile_path(path)(RECORD)


def test_csv_columns_are_picked_and_joined() -> None:
    sent, got = associated(
        "text/csv",
        b"7,1,2\n8,3,4\n",
        b"0.5\n0.6\n",
        InputFilter="$[1:]",
        JoinSource="Input",
        OutputFilter="$[0,-1]",
    )
    assert sent == b"1,2\n3,4\n"
    assert got == b"7,0.5\n8,0.6\n"


def test_a_csv_join_alone_keeps_the_text_of_both() -> None:
    _, got = associated("text/csv", b'"a, b",1.50\r\n', b"0.90", JoinSource="Input")
    assert got == b'"a, b",1.50,0.90'


def test_quoted_csv_fields_count_as_one() -> None:
    sent, _ = associated("text/csv", b'"a, b",1,"c ""d"""\n', b"", InputFilter="$[0,2]")
    assert sent == b'"a, b","c ""d"""\n'


def test_json_documents_get_a_new_member() -> None:
    _, got = associated(
        "application/json", b'{"id":1,"x":[1]}', b'{"p":0.9}', split="None", JoinSource="Input"
    )
    assert got == b'{"id":1,"x":[1],"SageMakerOutput":{"p":0.9}}'


def test_json_that_is_no_object_becomes_one() -> None:
    _, got = associated("application/jsonlines", b"[1,2]\n3\n", b"0.1\n0.2\n", JoinSource="Input")
    assert got == (
        b'{"SageMakerInput":[1,2],"SageMakerOutput":0.1}\n{"SageMakerInput":3,"SageMakerOutput":0.2}\n'
    )


def test_the_join_uses_the_unfiltered_input() -> None:
    sent, got = associated(
        "application/jsonlines",
        b'{"id":1,"x":[5,6]}\n',
        b"0.9\n",
        InputFilter="$.x",
        JoinSource="Input",
        OutputFilter="$['id','SageMakerOutput']",
    )
    assert sent == b"[5,6]\n"
    assert got == b'{"id":1,"SageMakerOutput":0.9}\n'


def test_names_have_no_meaning_in_csv() -> None:
    with pytest.raises(BadPath):
        associated("text/csv", b"1\n", b"1\n", InputFilter="$.id")


def test_other_types_cannot_be_associated() -> None:
    with pytest.raises(TransformError, match="DataProcessing supports"):
        associated("image/png", b"", b"", JoinSource="Input")


def test_broken_json_is_the_clients_error() -> None:
    with pytest.raises(TransformError, match="ClientError"):
        associated("application/jsonlines", b"{\n", b"1\n", InputFilter="$.x")


@pytest.mark.parametrize("record", [b'"\xe9",1', b'"' + b"x" * 140_000 + b'",1'])
def test_a_record_that_is_no_csv_is_the_customers(record: bytes) -> None:
    with pytest.raises(TransformError, match="ClientError: a record is not CSV"):
        associated("text/csv", record, b"1", InputFilter="$[1:]")


@pytest.mark.parametrize("record", [b"{", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_a_record_that_is_no_json_is_the_customers(record: bytes) -> None:
    with pytest.raises(TransformError, match="ClientError: a record is not JSON"):
        associated("application/jsonlines", record, b"1", InputFilter="$.a")
