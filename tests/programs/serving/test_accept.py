"""What the PyTorch image's default output_fn makes of an Accept header that names several types.

Source: aws/sagemaker-pytorch-inference-toolkit, `default_pytorch_inference_handler.py`: the first that has an encoder.
"""

from __future__ import annotations

import pytest

from clary_programs.serving.content import UnsupportedFormat
from clary_programs.serving.frameworks import defaults_of


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("text/csv, application/json", "1,2\n"),
        ("image/png, application/json;q=0.5, text/csv", "[[1, 2]]"),
        ("application/json", "[[1, 2]]"),
    ],
)
def test_the_first_type_that_can_be_given(accept: str, answer: str) -> None:
    assert defaults_of("pytorch")["output_fn"]([[1, 2]], accept) == answer


def test_none_that_can_be_given() -> None:
    with pytest.raises(UnsupportedFormat) as refused:
        defaults_of("pytorch")["output_fn"]([[1, 2]], "image/png, text/html")
    assert refused.value.status_code == 406
