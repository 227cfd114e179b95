"""CSV at the endpoint of each framework's image, read and written by its own container's library.

Sources: aws/sagemaker-containers `_encoders.py` (pull request 232: quoted fields) for scikit-learn and XGBoost scripts,
aws/sagemaker-inference-toolkit `decoder.py` and `encoder.py` for the others, aws/sagemaker-xgboost-container `encoder.py`.
"""

from __future__ import annotations

import json
from types import ModuleType

import numpy as np
import pytest

from clary_programs.serving.api import Answer, Invocation
from clary_programs.serving.csv_codecs import CONTAINERS, TOOLKIT
from clary_programs.serving.frameworks import defaults_of
from clary_programs.serving.hooks import HookedHandler, hooks_of

ROWS = "def model_fn(d): return None\ndef predict_fn(x, m): return [[str(v) for v in row] for row in x.tolist()]\n"
ECHO = "def model_fn(d): return None\ndef predict_fn(x, m): return {}\n"
LARGE = 20_000
"""Lines from which another reader is used."""


def handler(framework: str, code: str) -> HookedHandler:
    module = ModuleType("inference")
    exec(code, module.__dict__)
    return HookedHandler(hooks_of(module, defaults_of(framework)), "/m", {})


def ask(framework: str, code: str, body: bytes, kind: str = "text/csv", accept: str = "") -> Answer:
    (answer,) = handler(framework, code).answer([Invocation(body, kind, accept)])
    return answer


def rows(answer: Answer) -> list[list[str]]:
    assert answer.status == 200, answer.body
    return json.loads(answer.body)  # type: ignore[arg-type]


@pytest.mark.parametrize("times", [1, LARGE])
@pytest.mark.parametrize(
    ("line", "read"),
    [
        (b'"1","2"', ["1.0", "2.0"]),
        (b'1,"2"', ["1.0", "2.0"]),
        (b'"1.5e3", -2', ["1500.0", "-2.0"]),
        (b"1,nan", ["1.0", "nan"]),
        (b"1,2\r", ["1.0", "2.0"]),
        (b"0.1,16777217", ["0.10000000149011612", "16777216.0"]),
    ],
)
def test_numbers_of_scikit_learn(line: bytes, read: list[str], times: int) -> None:
    """csv.reader with quotes, then float32."""
    assert rows(ask("sklearn", ROWS, (line + b"\n") * times)) == [read] * times


@pytest.mark.parametrize("times", [1, LARGE])
@pytest.mark.parametrize(
    "body",
    [
        b"f1,f2\n1,2\n",
        b"1;2\n3;4\n",
        b"a,b\nc,d\n",
        b"1,\n2,3\n",
        b"NA,1\n2,3\n",
        b"null,1\n2,3\n",
        b"1,2\n3\n",
        b"1,2\n\n3,4\n",
        b'1,"2\n3,4\n',
        b'"1"x,2\n3,4\n',
        b"\xef\xbb\xbf1,2\n3,4\n",
        b"1,0x10\n1,2\n",
    ],
)
def test_what_is_no_number_is_an_error_of_scikit_learn(body: bytes, times: int) -> None:
    """`astype(float32)` raises for text, and for an empty field: nothing becomes nan in silence."""
    answer = ask("sklearn", ROWS, body * times)
    assert answer.status == 500
    assert b"ValueError" in answer.body  # type: ignore[operator]


def test_one_row_is_a_table_of_one_row() -> None:
    """Not so on AWS, whose users report it as a bug (aws/sagemaker-containers, issue 273)."""
    assert rows(ask("sklearn", ROWS, b"1,2\n")) == [["1.0", "2.0"]]


LABELS = ["a,b", 'say "hi"', "two\nlines", "plain", ""]


@pytest.mark.parametrize("framework", ["sklearn", "xgboost"])
def test_labels_are_quoted_where_they_must_be(framework: str) -> None:
    """`array_to_csv` is a csv.writer: labels with commas, quotes and newlines can be read again."""
    code = f"def model_fn(d): return None\ndef input_fn(b, c): return 0\ndef predict_fn(x, m): return {LABELS!r}\n"
    answer = ask(framework, code, b"", accept="text/csv")
    assert answer.body == b'"a,b"\n"say ""hi"""\n"two\nlines"\nplain\n""\n'


def test_written_by_the_two_libraries() -> None:
    assert (
        CONTAINERS.write(np.array([0.1, 2], np.float32))
        == TOOLKIT.write(np.array([0.1, 2], np.float32))
        == "0.1\n2.0\n"
    )
    assert CONTAINERS.write([["x,y", 1], ["z", None]]) == '"x,y",1\nz,\n'
    assert TOOLKIT.write(["x,y", 'q"']) == 'x,y\nq"\n', "numpy.savetxt knows no quotes"
    assert CONTAINERS.write(np.eye(2)) == TOOLKIT.write(np.eye(2)) == "1.0,0.0\n0.0,1.0\n"
    with pytest.raises(TypeError, match="0-d array"):
        CONTAINERS.write(5)
    with pytest.raises(ValueError, match="0D array"):
        TOOLKIT.write(5)


@pytest.mark.parametrize("framework", ["sklearn", "xgboost", "python"])
def test_float32_is_written_as_the_libraries_write_it(framework: str) -> None:
    """csv.writer and savetxt's `%s` write a NumPy scalar, `0.1`; JSON has its `tolist()`, a number of double width.

    Sources: aws/sagemaker-containers `_encoders.py`: array_to_csv, array_to_json; aws/sagemaker-inference-toolkit
    `encoder.py`: _array_to_csv, _array_to_json.
    """
    code = (
        "import numpy as np\ndef model_fn(d): return None\ndef input_fn(b, c): return 0\n"
        "def predict_fn(x, m): return np.float32([[0.1, 2], [1e-7, 3]])\n"
    )
    assert ask(framework, code, b"", accept="text/csv").body == b"0.1,2.0\n1e-07,3.0\n"
    answer = ask(framework, code, b"", accept="application/json")
    assert answer.body == b"[[0.10000000149011612, 2.0], [1.0000000116860974e-07, 3.0]]"


def test_text_of_the_containers_library_stays_text() -> None:
    """`csv_to_numpy` without a dtype gives text back where a field is no number."""
    assert CONTAINERS.read('a,"1,5"\nb,2\n').tolist() == [["a", "1,5"], ["b", "2"]]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1.5,2.5\n3.5,4.5\n", [[1.5, 2.5], [3.5, 4.5]]),
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1,2", [1, 2]),
        ("1,2.5\n3,4.5\n", [(1, 2.5), (3, 4.5)]),
        ("1.5,\n3.5,4.5\n", [[1.5, np.nan], [3.5, 4.5]]),
        ('"1","2"\n', ['"1"', '"2"']),
        ("f1,f2\n1,2\n", [["f1", "f2"], ["1", "2"]]),
        ("1;2\n3;4\n", ["1;2", "3;4"]),
    ],
)
def test_read_by_the_inference_toolkit(text: str, read: list[object]) -> None:
    """`numpy.genfromtxt` with dtype None, as numpy documents it: the type is that of the fields."""
    np.testing.assert_equal(TOOLKIT.read(text).tolist(), read)


def test_rows_of_different_widths_are_an_error_of_the_toolkit() -> None:
    with pytest.raises(ValueError, match="got 1 columns instead of 2"):
        TOOLKIT.read("1,2\n3\n")


@pytest.mark.parametrize(
    "body", [b'"1","2"\n"3","4"\n', b"f1,f2\n1,2\n", b"1;2\n3;4\n", b"a,b\n", b"1,2.5\n3,4.5\n"]
)
def test_what_is_no_table_of_numbers_is_an_error_of_pytorch(body: bytes) -> None:
    """`torch.FloatTensor` takes no text and no records (columns of several types)."""
    pytest.importorskip("torch")
    answer = ask("pytorch", ECHO, body)
    assert answer.status == 500
    assert b"can't convert np.ndarray of type numpy." in answer.body  # type: ignore[operator]


@pytest.mark.parametrize(
    ("body", "kind"), [(b"3", "text/csv"), (b"3\n", "text/csv"), (b"3", "application/json")]
)
def test_one_number_of_pytorch(body: bytes, kind: str) -> None:
    """Not so on AWS, whose `torch.FloatTensor` takes a whole number for the size of a tensor without values."""
    pytest.importorskip("torch")
    code = "def model_fn(d): return None\ndef predict_fn(x, m): return [str(x.dtype), x.tolist()]\n"
    assert json.loads(ask("pytorch", code, body, kind).body) == ["torch.float32", 3.0]  # type: ignore[arg-type]


def test_numbers_of_pytorch() -> None:
    pytest.importorskip("torch")
    code = "def model_fn(d): return None\ndef predict_fn(x, m): return x * 0.1\n"
    answer = ask("pytorch", code, b"1,2\n3,4\n", accept="text/csv")
    expected = (np.array([[1, 2], [3, 4]], np.float32) * np.float32(0.1)).tolist()
    assert answer.body == "".join(",".join(map(str, row)) + "\n" for row in expected).encode(), (
        "tolist, then savetxt"
    )
    assert json.loads(ask("pytorch", code, b"1,2\n").body) == expected[0], "one row has one dimension"  # type: ignore[arg-type]


SHAPE = "def model_fn(d): return None\ndef predict_fn(x, m): return [x.num_row(), x.num_col(), x.get_label().tolist()]\n"


@pytest.mark.parametrize(
    ("body", "kind", "shape"),
    [
        (b"1,2\n3,4", "text/csv", [2, 2, []]),
        (b"1,2\n3,4\n", "text/csv;label_size=1", [2, 2, []]),
        (b"1;2", "text/csv; charset=utf-8", [1, 2, []]),
        (b",2\n", "text/csv", [1, 2, []]),
        (b"\t2\n", "text/csv", [1, 2, []]),
        (b"1 0:1 1:2\n0 0:3 1:4\n", "text/libsvm", [2, 2, [1, 0]]),
        (b"1 0:1 1:2\n", "text/x-libsvm", [1, 2, [1]]),
    ],
)
def test_requests_of_xgboost_scripts(body: bytes, kind: str, shape: list[object]) -> None:
    """`encoder.decode`: parameters of the content type do not matter, and no column is a label."""
    pytest.importorskip("xgboost")
    assert json.loads(ask("xgboost", SHAPE, body, kind).body) == shape  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'"1","2"\n', "text/csv", 500),
        (b"a,b\n1,2\n", "text/csv", 500),
        (b"1,2\n3\n", "text/csv", 500),
        (b"1,1e400\n", "text/csv", 500),
        (b"1 0:1 %d:2" % 2**31, "text/libsvm", 500),
        (b"1,2", "csv", 415),
        (b"1,2", "TEXT/CSV", 415),
        (b"", "application/x-recordio-protobuf", 500),
        (b"[[1]]", "application/json", 415),
        (b"PAR1", "application/x-parquet", 415),
    ],
)
def test_refused_requests_of_xgboost_scripts(body: bytes, kind: str, status: int) -> None:
    """The short names and the types of channels are the built-in algorithm's alone."""
    pytest.importorskip("xgboost")
    assert ask("xgboost", SHAPE, body, kind).status == status
