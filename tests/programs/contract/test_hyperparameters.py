"""Decoding and sorting of hyperparameters (aws/sagemaker-training-toolkit, environment.py and params.py)."""

from __future__ import annotations

import pytest

from clary_programs.contract.hyperparameters import decode, split


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0.1", 0.1),
        ('"adam"', "adam"),
        ("adam", "adam"),
        ("[1, 2]", [1, 2]),
        ("", ""),
        ("null", None),
        (7, 7),
    ],
)
def test_json_where_it_is_json(raw: object, value: object) -> None:
    assert decode(raw) == value


def test_the_three_groups() -> None:
    got = split(
        {
            "epochs": "3",
            "sagemaker_program": '"t.py"',
            "sagemaker_instance_type": '"ml.g4dn.xlarge"',
            "_tuning_objective_metric": "rmse",
        }
    )
    assert got.user == {"epochs": 3}
    assert got.platform == {"sagemaker_program": "t.py", "_tuning_objective_metric": "rmse"}
    assert got.framework == {"sagemaker_instance_type": "ml.g4dn.xlarge"}
