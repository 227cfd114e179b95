"""Early stopping: the median rule of AWS's guide
(https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html).

After each epoch, the objective's running averages up to that epoch are taken of all training jobs that have completed; the
job is stopped where its value is worse than their median. Knows no training job.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from statistics import median


def averages(curve: Iterable[float]) -> list[float]:
    """Return the running averages of the values of a job that has completed, epoch by epoch."""
    return [total / epoch for epoch, total in enumerate(accumulate(curve), 1)]


def stops(curve: Sequence[float], completed: Iterable[Sequence[float]], maximizes: bool) -> bool:
    """Return whether a job with these values so far is to be stopped. `completed` are the running averages of the others."""
    epoch = len(curve)
    earlier = [each[epoch - 1] for each in completed if len(each) >= epoch > 0]
    if not earlier:
        return False
    limit = median(earlier)
    return curve[-1] < limit if maximizes else curve[-1] > limit
