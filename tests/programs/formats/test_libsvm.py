"""libsvm against scikit-learn's own reader and writer, and its unhappy paths."""

from __future__ import annotations

import io

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file, load_iris, load_svmlight_file

from clary_programs.formats.errors import FormatError
from clary_programs.formats.libsvm import read_libsvm, read_libsvm_payload, write_libsvm
from clary_programs.formats.table import as_sparse


def test_agrees_with_scikit_learn() -> None:
    features, labels = load_iris(return_X_y=True)
    sink = io.BytesIO()
    dump_svmlight_file(features, labels, sink, zero_based=True)
    table = read_libsvm(sink.getvalue())
    expected, expected_labels = load_svmlight_file(io.BytesIO(sink.getvalue()), zero_based=True)
    np.testing.assert_allclose(table.features.dense(0.0), expected.toarray(), rtol=1e-6)
    np.testing.assert_array_equal(table.labels, expected_labels)
    assert table.weights is None


def test_weights_comments_and_queries() -> None:
    table = read_libsvm(b"1:0.5 qid:2 0:1 3:2.5 # note\n\n0 qid:7 1:4\n")
    assert table.queries.tolist() == [2, 7]
    assert table.labels.tolist() == [1, 0]
    assert table.weights.tolist() == [0.5, 1]
    assert table.columns == 4
    assert table.features.dense(0.0).tolist() == [[1, 0, 0, 2.5], [0, 4, 0, 0]]


def test_labels_of_requests_are_passed_over() -> None:
    """aws/sagemaker-xgboost-container, `serve_utils.py`: only what has a colon is looked at."""
    rows = read_libsvm_payload(b"0:1 2:3\n7 1:5\n\n")
    assert rows.dense(0.0).tolist() == [[1, 0, 3], [0, 5, 0]]


def test_lines_may_come_without_labels() -> None:
    table = read_libsvm(b"0:1 2:3\n1:5", need_label=False)
    assert (table.labels, table.rows) == (None, 2)
    assert read_libsvm(b"7 0:1 2:3", need_label=False).labels.tolist() == [7]
    with pytest.raises(FormatError, match="some lines have a label"):
        read_libsvm(b"7 0:1\n0:2", need_label=False)


def test_round_trip() -> None:
    sparse = as_sparse(np.array([[1.5, np.nan, 2.0], [np.nan, 4.0, np.nan]], dtype=np.float32))
    table = read_libsvm(write_libsvm(sparse, [1.0, 0.0]))
    np.testing.assert_array_equal(table.features.dense(np.nan), sparse.dense(np.nan))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"1,2,3", "does not follow LIBSVM label format"),
        (b"1 2 3", "'2' is not <index>:<value>"),
        (b"1 a:2", "'a:2' is not <index>:<value>"),
        (b"1 -1:2", "'-1:2' is not <index>:<value>"),
        (b"1 1:x", "'1:x' is not <index>:<value>"),
        (b"1 qid:x 1:2", "'qid:x' is not <index>:<value>"),
        (b"1 qid:1 1:2\n0 1:3", "not every line has one qid"),
        (b"1 2147483647:1", "a row names feature 2147483647, which is beyond what can be held"),
        (b"1 %d:1" % 10**20, "beyond what can be held"),
        (b"1 " + b"9" * 5000 + b":1", "is not <index>:<value>"),
        (b"1 1_0:1", "'1_0:1' is not <index>:<value>"),
        (b"1 +1:1", "is not <index>:<value>"),
        (b"1 \xef\xbc\x91:1", "is not <index>:<value>"),
        (b"1 1:1_0", "'1:1_0' is not <index>:<value>"),
        (b"1_0 1:1", "1_0 does not follow LIBSVM label format"),
        (b"1 qid:%d 1:2" % 2**63, "is not <index>:<value>"),
        (b"1 qid:1_0 1:2", "is not <index>:<value>"),
    ],
)
def test_refusals(body: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_libsvm(body)
