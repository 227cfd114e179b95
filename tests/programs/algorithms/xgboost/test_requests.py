"""What the endpoint takes: content types, widths and numbers, by the kind of body and of model.

Words and rules: aws/sagemaker-xgboost-container, `algorithm_mode/serve_utils.py`, `data_utils.py`, `encoder.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

from clary_programs.formats.recordio_protobuf import write_rows
from clary_programs.formats.table import Sparse
from tests.programs.algorithms.xgboost.conftest import Data
from tests.programs.algorithms.xgboost.served import RECORDIO, Make, ask, csv, numbers, text


@pytest.mark.parametrize("environ", [{}, {"SAGEMAKER_BATCH": "true"}])
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/csv;label_size=0", 415),
        ("text/csv; label_size=2", 415),
        ("text/csv; label_size=1=1", 415),
        ("text/csv; label_size=1; label_size=2", 415),
        ("label_size=1; text/csv", 415),
        ("CSV;LABEL_SIZE=5", 415),
        ("text/csv;label_size = 1", 200),
        ("text/csv; label_size=1; charset=utf-8", 200),
        ("csv", 200),
    ],
)
def test_the_label_size_of_a_request(
    make: Make, diabetes: Data, environ: dict[str, str], content_type: str, status: int
) -> None:
    """The container's own cases (`test_serve_utils.py`: test_incorrect_content_type) and issue 74: at an endpoint as of
    a channel label_size is 1 or absent."""
    handler, _ = make(diabetes, environ)
    answer = ask(handler, csv(diabetes[0][:1]), content_type)
    assert answer.status == status
    if "csv" in content_type.lower().split(";")[0] and status == 415:
        assert text(answer) == (
            f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )


@pytest.mark.parametrize("form", ["ubj", "json", "pickle"])
def test_narrow_and_wide_rows_by_model_format(make: Make, diabetes: Data, form: str) -> None:
    """`serve_utils.predict` compares widths for pickles alone (issue 410: one column may lack); with any other model
    xgboost takes narrower rows and refuses wider ones."""
    handler, booster = make(diabetes, form=form)
    rows = diabetes[0][:2]
    for width in (9, 7, 1):
        filled = rows.copy()
        filled[:, width:] = np.nan
        answer = ask(handler, csv(rows[:, :width]))
        framed = ask(handler, write_rows(rows[:, :width]), RECORDIO)
        if form == "pickle" and width < 9:
            words = f"Feature size of csv inference data {width} is not consistent with feature size of trained model 10."
            assert (answer.status, text(answer)) == (400, f"Unable to evaluate payload provided: {words}")
            assert (framed.status, "recordio-protobuf inference data" in text(framed)) == (400, True)
        else:
            expected = booster.inplace_predict(filled)
            np.testing.assert_array_equal(numbers(answer)[:, 0], expected)
            np.testing.assert_array_equal(numbers(framed)[:, 0], expected)
    wide = ask(handler, csv(np.hstack([rows, rows[:, :1]])))
    reason = (
        "not consistent"
        if form == "pickle"
        else "Number of columns does not match number of features in booster"
    )
    assert (wide.status, reason in text(wide)) == (400, True)


@pytest.mark.parametrize("form", ["ubj", "pickle"])
def test_narrow_and_wide_rows_of_libsvm(make: Make, diabetes: Data, form: str) -> None:
    """A row of libsvm names what it has. A pickle's check is `y > x + 1`, so one column more passes."""
    handler, booster = make(diabetes, form=form)
    missing = np.full((1, 10), np.nan, dtype=np.float32)
    missing[0, 0] = 2
    theirs = booster.inplace_predict(missing)
    np.testing.assert_array_equal(numbers(ask(handler, b"0:2", "text/libsvm"))[:, 0], theirs)
    several = numbers(ask(handler, b"1 0:2\n0\n1 0:2", "text/libsvm"))[:, 0]
    assert (len(several), several[0], several[2]) == (3, theirs[0], theirs[0])
    one_more = ask(handler, b"0:2 10:7", "text/libsvm")
    if form == "pickle":
        np.testing.assert_array_equal(numbers(one_more)[:, 0], theirs)
    else:
        assert one_more.status == 400
    assert ask(handler, b"0:2 11:7", "text/libsvm").status == 400


UNREADABLE = 415
TOO_WIDE = 400


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        *((b"1 0:1 %d:2" % index, "text/libsvm", TOO_WIDE) for index in (2**31 - 1, 2**31, 2**32, 2**63 - 1)),
        *((b"1 0:1 %d:2" % index, "text/x-libsvm", UNREADABLE) for index in (2**63, 10**20, -1, -(2**40))),
        (b"1 0:1 " + b"9" * 5000 + b":2", "libsvm", UNREADABLE),
        (b"1 0:1e400", "libsvm", UNREADABLE),
        (b"1 0:1e39", "libsvm", UNREADABLE),
        (b"1 0:-inf", "libsvm", UNREADABLE),
        (b"1 0:nan", "libsvm", 200),
        (b"1 qid:3 0:1", "libsvm", UNREADABLE),
        (b"1 1.5:3", "libsvm", UNREADABLE),
        (b"1 0:1:2", "libsvm", 200),
        (b"1 0:x:2", "libsvm", UNREADABLE),
        (b"1 0:\xff", "libsvm", UNREADABLE),
        ("1 \uff11:2".encode(), "libsvm", 200),
        (b"0\n0", "libsvm", UNREADABLE),
        (b"1,1e400", "text/csv", UNREADABLE),
        (b"1,-1e39", "text/csv", UNREADABLE),
        (b"1,inf", "text/csv", UNREADABLE),
        (b"1," + b"9" * 5000, "text/csv", UNREADABLE),
        (b"1," + b"9" * 30, "text/csv", 200),
        (b"1,nan", "text/csv", 200),
        (b"1,0x10", "text/csv", UNREADABLE),
        (b"1,1__0", "text/csv", UNREADABLE),
        (b"1,\xff", "text/csv", UNREADABLE),
        (b"1,\xff" + b"x" * 60, "text/csv", UNREADABLE),
        ("1,\uff11".encode(), "text/csv", 200),
        (write_rows(np.array([[1, np.inf]], np.float32)), RECORDIO, UNREADABLE),
        (write_rows(np.array([[1, 1e300]])), RECORDIO, UNREADABLE),
        (
            write_rows(Sparse(np.array([0, 1]), np.array([2**31]), np.ones(1, "f4"), 2**31 + 1)),
            RECORDIO,
            TOO_WIDE,
        ),
        (
            write_rows(Sparse(np.array([0, 1]), np.array([2**64 - 1], "u8"), np.ones(1, "f4"), 3)),
            RECORDIO,
            TOO_WIDE,
        ),
    ],
)
def test_numbers_that_do_not_fit(
    make: Make, diabetes: Data, body: bytes, content_type: str, status: int
) -> None:
    """`parse_content_data`: whatever the parsing raises is 415 "Loading … data failed with Exception"; a matrix that is
    too wide is 400. numpy reads the numbers, xgboost refuses what is infinite."""
    handler, _ = make(diabetes)
    answer = ask(handler, body, content_type)
    assert answer.status == status, text(answer)
    if status == UNREADABLE:
        assert text(answer).startswith("Loading ")
        assert "<class 'ValueError'>" in text(answer)


@pytest.mark.parametrize("rows", [1, 20_000])
@pytest.mark.parametrize(
    "line", [b'"1","2"', b"NA,2", b"null,2", b"1, ,2", b"1;x", b"f1,f2", b"\xef\xbb\xbf1,2", b"#N/A,1"]
)
def test_what_is_no_number_is_refused_however_long_the_body_is(
    make: Make, diabetes: Data, rows: int, line: bytes
) -> None:
    """`encoder.csv_to_dmatrix` splits at the delimiter and knows no quotes; only an empty field is a missing value."""
    handler, _ = make(diabetes)
    answer = ask(handler, (line + b"\n") * rows)
    assert (answer.status, text(answer)[:47]) == (415, "Loading csv data failed with Exception, please ")


@pytest.mark.parametrize("rows", [1, 20_000])
def test_blank_lines_are_rows_of_another_width(make: Make, diabetes: Data, rows: int) -> None:
    handler, _ = make(diabetes)
    assert ask(handler, b"1,2\n\n" + b"3,4\n" * rows).status == 415
