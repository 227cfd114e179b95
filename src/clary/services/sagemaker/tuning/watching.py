"""Which running training jobs are stopped before their end: by Hyperband, or by early stopping."""

from __future__ import annotations

from collections.abc import Mapping

from clary.plane import Record
from clary.services.sagemaker.tuning import children
from clary.services.sagemaker.tuning.search import early_stopping, hyperband
from clary.services.sagemaker.tuning.studies import Study


def unpromising(tuner: Record, study: Study, alive: Mapping[str, Record]) -> list[str]:
    """Return the names of those to be stopped. Jobs of one definition are compared with each other alone."""
    judge = (
        _by_hyperband
        if tuner.spec["HyperParameterTuningJobConfig"]["Strategy"] == "Hyperband"
        else _by_median
    )
    return [name for name in alive if judge(tuner, study, children.number_in(name))]


def _by_hyperband(tuner: Record, study: Study, number: int) -> bool:
    definition, count = study.definition(number), len(study.definitions)
    least, most = hyperband.resources(tuner.spec["HyperParameterTuningJobConfig"], definition.static)
    curves = {(other - 1) // count: curve for other, curve in _rivals(study.curves, study, number).items()}
    return hyperband.stops(curves, (number - 1) // count, definition.maximizes, least, most)


def _by_median(tuner: Record, study: Study, number: int) -> bool:
    completed = _rivals(study.averages, study, number).values()
    return early_stopping.stops(study.curves[number], completed, study.definition(number).maximizes)


def _rivals(curves: Mapping[int, list[float]], study: Study, number: int) -> Mapping[int, list[float]]:
    """Return the curves of the same definition's training jobs."""
    count = len(study.definitions)
    return curves if count == 1 else {n: curve for n, curve in curves.items() if (n - number) % count == 0}
