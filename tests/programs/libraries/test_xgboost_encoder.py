"""`sagemaker_xgboost_container.encoder` and its neighbours.

Source of bodies, values and error classes: aws/sagemaker-xgboost-container `encoder.py`, `test/unit/test_encoder.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("job")

RECORDS = {
    "int32": b"\n#\xd7\xce\x13\x00\x00\x00\n\x11\n\x06values\x12\x07:\x05\n\x03*\x06\t\x00",
    "float64": (
        b"\n#\xd7\xce(\x00\x00\x00\n&\n\x06values\x12\x1c\x1a\x1a\n\x18\x00\x00\x00\x00\x00\x00E@"
        b'\x00\x00\x00\x00\x00\x00\x18@\x00\x00\x00\x00\x00\x00"@'
    ),
    "sparse": (
        b"\n#\xd7\xce\x19\x00\x00\x00\n\x17\n\x06values\x12\r:\x0b\n\x02\x01\x01\x12"
        b"\x02\x00\x05\x1a\x01\x06\x00\x00\x00"
    ),
}


def _rows(matrix: object) -> list[list[float]]:
    return matrix.get_data().toarray().tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("42,6,9", [[42, 6, 9]]),
        (b"42.0,6.0,9.0", [[42, 6, 9]]),
        ("42\n6\n9\n", [[42], [6], [9]]),
        ("1;2\n3;4", [[1, 2], [3, 4]]),
        ("1\t2", [[1, 2]]),
        ("1|2\r\n3|4\r\n", [[1, 2], [3, 4]]),
    ],
)
def test_csv(text: str | bytes, rows: list[list[float]]) -> None:
    from sagemaker_xgboost_container import encoder

    assert _rows(encoder.csv_to_dmatrix(text)) == rows


def test_an_empty_field_of_csv_is_missing() -> None:
    from sagemaker_xgboost_container.encoder import csv_to_dmatrix

    matrix = csv_to_dmatrix("1,,3\n4,5,6", dtype=np.float64)
    assert (matrix.num_row(), matrix.num_col(), matrix.num_nonmissing()) == (2, 3, 5)


def test_a_first_field_that_is_missing() -> None:
    """The encoder splits the line as it is: a tab at its beginning ends an empty field."""
    from sagemaker_xgboost_container.encoder import csv_to_dmatrix

    matrix = csv_to_dmatrix("\t2\n3\t4\n")
    assert (matrix.num_row(), matrix.num_col(), matrix.num_nonmissing()) == (2, 2, 3)


@pytest.mark.parametrize(
    "text", ['"1","2"\n3,4', "1,2\n\n3,4", "1,2\n3", "1,1e400", "1,inf", "", "\ufeff1,2"]
)
def test_csv_that_the_container_does_not_take(text: str) -> None:
    """It splits at the delimiter and asks NumPy for floats: quotes are no part of a number, a blank line no row."""
    from sagemaker_xgboost_container import encoder

    with pytest.raises(Exception) as raised:  # noqa: PT011
        encoder.csv_to_dmatrix(text)
    assert type(raised.value) is ValueError


@pytest.mark.parametrize(
    "text", ["1,2,3,12:12:12", "1,2,3,2019-1-1", "1,2,3,2019-1-1 12:12:12", "1,2,3,-14 days", "1,2,3\n1,2,c"]
)
def test_csv_that_is_no_numbers(text: str) -> None:
    from sagemaker_xgboost_container import encoder

    with pytest.raises(ValueError, match="could not convert string to float"):
        encoder.csv_to_dmatrix(text)


def test_libsvm() -> None:
    from sagemaker_xgboost_container import encoder

    labelled = encoder.libsvm_to_dmatrix(b"1 0:1 1:2\n0 0:3 1:4\n")
    assert (_rows(labelled), labelled.get_label().tolist()) == ([[1, 2], [3, 4]], [1, 0])
    plain = encoder.libsvm_to_dmatrix("0:1 5:1")
    assert (plain.num_col(), plain.num_nonmissing(), plain.get_label().size) == (6, 2, 0)
    with pytest.raises(ValueError, match="'x' is not <index>:<value>"):
        encoder.libsvm_to_dmatrix(b"1 0:1 x")


@pytest.mark.parametrize(
    ("kind", "rows"), [("int32", [[42, 6, 9]]), ("float64", [[42, 6, 9]]), ("sparse", [[1, 0, 0, 0, 0, 1]])]
)
def test_recordio_protobuf(kind: str, rows: list[list[float]]) -> None:
    from sagemaker_xgboost_container import encoder

    assert _rows(encoder.recordio_protobuf_to_dmatrix(RECORDS[kind])) == rows


def test_recordio_protobuf_as_arrays() -> None:
    from sagemaker_containers.beta.framework import encoders
    from sagemaker_xgboost_container.recordio_protobuf import read_recordio_protobuf

    body = encoders.array_to_recordio_protobuf(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([7, 8]))
    features, labels = read_recordio_protobuf(body)
    assert (features.tolist(), labels.tolist()) == ([[1, 2], [3, 4]], [7, 8])
    with pytest.raises(ValueError, match="No records found in RecordIO-Protobuf data"):
        read_recordio_protobuf(b"")
    with pytest.raises(ValueError, match="magic"):
        read_recordio_protobuf(b"not a record")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/csv", "1,2"),
        ("text/csv; charset=UTF-8", "1,2"),
        ("text/libsvm", b"0:1 1:2"),
        ("text/x-libsvm", b"0:1 1:2"),
        ("application/x-recordio-protobuf", RECORDS["int32"]),
    ],
)
def test_decode(kind: str, body: str | bytes) -> None:
    from sagemaker_xgboost_container import encoder

    assert encoder.decode(body, kind).num_row() == 1


@pytest.mark.parametrize(
    "kind", ["application/json", "application/octet-stream", "application/x-parquet", "csv"]
)
def test_content_types_without_a_decoder(kind: str) -> None:
    from sagemaker_containers.beta.framework import errors
    from sagemaker_xgboost_container import encoder

    with pytest.raises(errors.UnsupportedFormatError) as raised:
        encoder.decode("1,2", kind)
    assert raised.value.status_code == 415
    assert raised.value.message.startswith(f"Content type {kind} is not supported by this framework.")


def test_json_lines() -> None:
    from sagemaker_xgboost_container.encoder import json_to_jsonlines

    lines = b'{"predicted_label": 1, "probabilities": [0.4, 0.6]}\n{"predicted_label": 0}\n'
    text = '{"predictions": [{"predicted_label": 1, "probabilities": [0.4, 0.6]}, {"predicted_label": 0}]}'
    assert json_to_jsonlines(text) == lines
    assert json_to_jsonlines({"predictions": [1, 2]}) == b"1\n2\n"
    with pytest.raises(ValueError, match="JSON response is not compatible for conversion to jsonlines"):
        json_to_jsonlines({"predictions": [], "metadata": []})
