"""Which metrics a training computes, and what is left in the model's folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..metrics.custom_metrics import configure_feval, get_custom_metrics

HPO_SEPARATOR = ":"


@dataclass
class MetricNameComponents:
    """The name of a tuning job's objective metric, `validation:rmse`, in its parts."""

    data_segment: str
    metric_name: str
    emission_frequency: str | None = None

    @classmethod
    def decode(cls, tuning_objective_metric: str) -> MetricNameComponents:
        """Return the parts of a name."""
        return cls(*tuning_objective_metric.split(HPO_SEPARATOR))


def get_union_metrics(metric_a: list[str] | None, metric_b: list[str] | None) -> list[str] | None:
    """Return the metrics of both lists in the order of their names; None if there is neither list."""
    if metric_a is None or metric_b is None:
        return metric_b if metric_a is None else metric_a
    return sorted({*metric_a, *metric_b})


def get_eval_metrics_and_feval(
    tuning_objective_metric_param: str | None, eval_metric: list[str] | None
) -> tuple[list[str] | None, Callable[..., Any] | None, list[str] | None]:
    """Return xgboost's own metrics, a function that computes the others (or None), and the objective metric."""
    objective = None
    if tuning_objective_metric_param is not None:
        name = MetricNameComponents.decode(tuning_objective_metric_param).metric_name
        logging.info("Setting up HPO optimized metric to be : %s", name)
        objective = name.split(",")
    metrics = get_union_metrics(objective, eval_metric)
    own = get_custom_metrics(metrics or ())
    if not own or metrics is None:
        return metrics, None, objective
    return [name for name in metrics if name not in own], configure_feval(own), objective


def cleanup_dir(dir: str, file_prefix: str) -> None:
    """Remove the files of a folder whose names do not begin with the prefix."""
    for path in _others(Path(dir).iterdir(), file_prefix):
        with suppress(OSError):
            path.unlink()


def _others(paths: Iterable[Path], prefix: str) -> Iterable[Path]:
    return [path for path in paths if path.is_file() and not path.name.startswith(prefix)]
