"""Content types, and the way from a body to a table for each of them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from clary_programs.formats import FormatError, UnsupportedMediaType, decode, parse_media_type
from clary_programs.formats.numpy_files import read_npz, write_npy
from clary_programs.formats.parquet import read_parquet, write_parquet
from clary_programs.formats.record import Record, Tensor, decode_record, encode_record
from clary_programs.formats.recordio import frame, records
from clary_programs.formats.recordio_protobuf import write_answers, write_rows
from clary_programs.formats.table import Sparse, Table, as_sparse, stack

ROWS = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32)


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("text/csv", "text/csv", {}),
        ("CSV", "text/csv", {}),
        ("text/csv; label_size=1;charset=utf8", "text/csv", {"label_size": "1", "charset": "utf8"}),
        ("text/x-libsvm ;charset=utf8", "text/libsvm", {"charset": "utf8"}),
        ('application/json; profile="a"', "application/json", {"profile": "a"}),
        ("recordio-protobuf", "application/x-recordio-protobuf", {}),
        ("image/png; junk", "image/png", {}),
        ("", "", {}),
    ],
)
def test_media_types(text: str, name: str, parameters: dict[str, str]) -> None:
    kind = parse_media_type(text)
    assert (kind.name, dict(kind.parameters)) == (name, parameters)


@pytest.mark.parametrize(
    "content_type", ["text/csv", "application/x-npy", "parquet", "application/x-recordio-protobuf"]
)
def test_the_same_rows_from_every_format(content_type: str) -> None:
    bodies = {
        "text/csv": b"1,2,3\n4,5,6\n",
        "application/x-npy": write_npy(ROWS),
        "parquet": write_parquet({"a": ROWS[:, 0], "b": ROWS[:, 1].astype(int), "c": ROWS[:, 2]}),
        "application/x-recordio-protobuf": write_rows(ROWS),
    }
    table = decode(bodies[content_type], content_type)
    assert table.features.dtype == np.float32
    assert table.features.tolist() == ROWS.tolist()
    assert table.labels is None


def test_labels_by_parameter_and_by_argument() -> None:
    table = decode(b"9,1,2\n8,3,4\n", "text/csv;label_size=1")
    assert table.labels.tolist() == [9, 8]
    assert table.features.tolist() == [[1, 2], [3, 4]]
    assert decode(b"9,1,2\n", "text/csv;label_size=1", labels=0).features.tolist() == [[9, 1, 2]]
    assert decode(b"9,1,2\n", "text/csv", labels=2).labels.tolist() == [[9, 1]]
    weighted = decode(b"9,0.5,2\n", "text/csv", labels=1, weights=True)
    assert (weighted.labels.tolist(), weighted.weights.tolist(), weighted.features.tolist()) == (
        [9],
        [0.5],
        [[2]],
    )


def test_sparse_recordio_protobuf() -> None:
    sparse = as_sparse(np.array([[np.nan, 2], [3, np.nan]], dtype=np.float32))
    table = decode(write_rows(sparse, np.array([1.0, 0.0])), "application/x-recordio-protobuf")
    assert isinstance(table.features, Sparse)
    np.testing.assert_array_equal(table.features.dense(np.nan), sparse.dense(np.nan))
    assert table.labels.tolist() == [1, 0]


def test_answers_as_recordio() -> None:
    body = write_answers([{"predicted_label": 1, "probabilities": [0.25, 0.75]}])
    label = decode_record(next(records(body))).label
    assert label["predicted_label"].values.tolist() == [1]
    assert label["probabilities"].values.tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    "instance",
    [
        {"features": [1, 2, 3]},
        {"features": {"values": [1, 2, 3]}},
        {"data": {"features": {"values": [1, 2, 3]}}},
        [1, 2, 3],
    ],
)
def test_json_instances(instance: object) -> None:
    """Developer guide, "Common data formats for inference"."""
    body = json.dumps({"instances": [instance, instance]}).encode()
    assert decode(body, "application/json").features.tolist() == [[1, 2, 3], [1, 2, 3]]
    lines = (json.dumps(instance) + "\n").encode() * 2
    assert decode(lines, "application/jsonlines").features.tolist() == [[1, 2, 3], [1, 2, 3]]


def test_sparse_json_instances() -> None:
    instance = {"data": {"features": {"keys": [26, 182], "shape": [2000], "values": [1, 4]}}}
    table = decode(json.dumps({"instances": [instance]}).encode(), "application/json")
    assert table.columns == 2000
    assert table.features.indices.tolist() == [26, 182]


def test_npz() -> None:
    sink = io.BytesIO()
    np.savez(sink, rows=ROWS)
    assert decode(sink.getvalue(), "application/x-npz").features.tolist() == ROWS.tolist()
    assert read_npz(sink.getvalue())["rows"].shape == (2, 3)


def test_a_vector_is_one_row() -> None:
    assert decode(write_npy(ROWS[0]), "application/x-npy").features.tolist() == [[1, 2, 3]]


def test_parquet_null_is_missing() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    values = read_parquet(write_parquet({"a": pyarrow.array([1, None, 3])}))
    assert np.isnan(values[:, 0]).tolist() == [False, True, False]


def _pickled() -> bytes:
    sink = io.BytesIO()
    np.save(sink, np.array([{}], dtype=object), allow_pickle=True)
    return sink.getvalue()


def _record(**tensors: Tensor) -> bytes:
    return frame(encode_record(Record(dict(tensors))))


TWO, THREE = (Tensor(np.zeros(size, dtype=np.float32)) for size in (2, 3))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"not npy", "application/x-npy"),
        (_pickled(), "application/x-npy"),
        (b"not npz", "application/x-npz"),
        (write_npy(ROWS), "application/x-npz"),
        (b"PAR1 not really", "application/x-parquet"),
        (write_parquet({"a": np.array(["x"])}), "application/x-parquet"),
        (b"{", "application/json"),
        (b'{"rows": []}', "application/json"),
        (b'{"instances": [{"x": 1}]}', "application/json"),
        (b'{"instances": [{"features": [1]}, {"features": [1, 2]}]}', "application/json"),
        (b'{"instances": [{"features": ["a"]}]}', "application/json"),
        (b'{"instances": [{"features": {"values": [1], "keys": [-1]}}]}', "application/json"),
        (b"[1]\nx", "application/jsonlines"),
        (b"1,2\n", "text/csv;label_size=x"),
        (b"1\n", "text/csv;label_size=2"),
        (_record(values=TWO) + _record(values=THREE), "recordio-protobuf"),
        (_record(other=TWO), "recordio-protobuf"),
    ],
)
def test_bodies_that_are_not_what_they_say(body: bytes, content_type: str) -> None:
    with pytest.raises(FormatError):
        decode(body, content_type)


def test_unknown_content_type() -> None:
    with pytest.raises(UnsupportedMediaType, match="image/png is not a supported content type"):
        decode(b"", "image/png")


def test_stacking_mixes_dense_and_sparse() -> None:
    sparse = Table(as_sparse(np.array([[np.nan, 7, np.nan, 8]], dtype=np.float32)), np.array([1.0]))
    both = stack([Table(ROWS, np.array([2.0, 3.0])), sparse])
    assert both.rows == 3
    assert both.labels.tolist() == [2, 3, 1]
    expected = [[1, 2, 3, 0], [4, 5, 6, 0], [0, 7, 0, 8]]
    assert both.features.dense(0.0).tolist() == expected


def test_stacking_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="differ in number of columns"):
        stack([Table(ROWS), Table(ROWS[:, :2])])
    with pytest.raises(ValueError, match="some has none"):
        stack([Table(ROWS, np.array([1.0, 2.0])), Table(ROWS)])
