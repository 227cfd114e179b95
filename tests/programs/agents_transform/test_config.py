"""Which of three sources a setting comes from, and what a container may propose."""

from __future__ import annotations

import pytest

from clary_programs.agents.transform.config import MEGABYTE, MULTI, SINGLE, Settings, TransformConfig

HOSTILE = ["nan", "1e400", float("inf"), float("nan"), -1, 10**30, "9" * 5000, "１", True, None, [1], {}, 1.5]


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_no_number_of_the_api_is_no_proposal(value: object) -> None:
    proposed = {"MaxConcurrentTransforms": value, "MaxPayloadInMB": value, "BatchStrategy": value}
    assert TransformConfig({}).settings(proposed) == Settings()


def test_the_request_comes_before_the_container() -> None:
    """CreateTransformJob: what the request leaves out is taken from /execution-parameters."""
    proposed = {"MaxConcurrentTransforms": "8", "MaxPayloadInMB": 20, "BatchStrategy": "SINGLE_RECORD"}
    assert TransformConfig({}).settings(proposed) == Settings(8, SINGLE, 20 * MEGABYTE)
    asked = {"MaxConcurrentTransforms": 2, "MaxPayloadInMB": 0, "BatchStrategy": "MultiRecord"}
    assert TransformConfig(asked).settings(proposed) == Settings(2, MULTI, 0)
