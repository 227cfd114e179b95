"""Numbers in channels and hyperparameters that do not fit: the customer's error, never the algorithm's.

Words: aws/sagemaker-xgboost-container, `data_utils.py` and `sagemaker_algorithm_toolkit/hyperparameter_validation.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

from clary_programs.formats.parquet import write_parquet
from clary_programs.formats.recordio_protobuf import write_rows
from clary_programs.formats.table import Sparse
from tests.programs.algorithms.xgboost.jobs import Job

GOOD = {"num_round": 1}
INF = "Input data contains `inf` or a value too large"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        *((b"1 0:1 %d:2\n0 1:3\n" % index, "text/libsvm", "beyond what") for index in (2**31, 2**32, 10**20)),
        (b"1 0:1 -2:2\n", "text/libsvm", "'-2:2' is not <index>:<value>"),
        (b"1 0:1 " + b"9" * 5000 + b":2\n", "text/libsvm", "is not <index>:<value>"),
        (b"1 qid:%d 0:1\n" % 10**20, "text/libsvm", "is not <index>:<value>"),
        (b"1 0:1e400\n0 0:1\n", "text/libsvm", INF),
        (b"1:nan 0:1\n0 0:1\n", "text/libsvm", "Weights must be positive values"),
        (b"1:-1 0:1\n0 0:1\n", "text/libsvm", "Weights must be positive values"),
        (b"1,1e400\n0,2\n", "text/csv", INF),
        (b"1,1e39\n0,2\n", "text/csv", INF),
        (b"1,inf\n0,2\n", "text/csv", INF),
        (b"nan,1\n0,2\n", "text/csv", "Label contains NaN, infinity or a value too large."),
        (b"1e400,1\n0,2\n", "text/csv", "Label contains NaN, infinity or a value too large."),
        (b"1_0,1\n0,2\n", "text/csv", "could not convert string to float: '1_0'"),
        (write_rows(np.array([[np.inf]], "f4"), np.ones(1)), "recordio-protobuf", INF),
        (write_rows(np.array([[1e300]]), np.ones(1)), "recordio-protobuf", INF),
        (
            write_rows(
                Sparse(np.array([0, 1]), np.array([2**64 - 1], "u8"), np.ones(1, "f4"), 3), np.ones(1)
            ),
            "recordio-protobuf",
            "beyond what can be held",
        ),
        (write_parquet({"y": np.ones(1), "x": np.array([np.inf])}), "parquet", INF),
    ],
)
def test_numbers_that_do_not_fit(
    job: Job, body: bytes, content_type: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`data_utils.py`: whatever loading raises is a UserError "Failed to load … data with exception"."""
    job.channel("train", body, content_type).parameters(num_round=1)
    assert job.run(monkeypatch) == 2
    assert job.failure.startswith("Failed to load ")
    assert reason in job.failure


@pytest.mark.parametrize(
    "parameters",
    [
        *({"num_round": text} for text in ("1e400", "nan", "inf", "9" * 5000, "-1", "1.5", "", "0x1")),
        *({**GOOD, "max_depth": text} for text in ("1e400", "9" * 30, "9" * 5000, str(2**31), "-1", "nan")),
        *(
            {**GOOD, "num_class": text, "objective": "multi:softmax"}
            for text in ("9" * 30, "1e5", str(2**31))
        ),
        *({**GOOD, "seed": text} for text in (str(2**31), "9" * 30, "-" + "9" * 30, "nan")),
        *({**GOOD, "eta": text} for text in ("nan", "inf", "1e400", "-1e400")),
        *({**GOOD, "eval_metric": text} for text in ("error@", "error@x")),
        {**GOOD, "monotone_constraints": "(" * 2000, "tree_method": "hist"},
        {**GOOD, "interaction_constraints": "[" * 2000, "tree_method": "hist"},
        {**GOOD, "interaction_constraints": "[[" + "9" * 5000 + "]]", "tree_method": "hist"},
        {**GOOD, "_kfold": "9" * 30},
        {**GOOD, "_kfold": "9" * 5000},
    ],
)
def test_hyperparameters_that_do_not_fit(job: Job, parameters: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    job.channel("train", b"1,1,2\n0,4,5\n").parameters(**parameters)
    assert job.run(monkeypatch) == 2, job.failure
    assert "Traceback" not in job.failure
