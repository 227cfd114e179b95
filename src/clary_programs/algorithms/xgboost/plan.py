"""From validated hyperparameters to what is to be done: libxgboost's parameters, and the program's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clary_programs.algorithms.xgboost.metrics import CONTAINER_METRICS

_OWN = frozenset(
    (
        "num_round",
        "csv_weights",
        "early_stopping_rounds",
        "eval_metric",
        "save_model_on_termination",
        "use_dask_gpu_training",
        "_kfold",
        "_num_cv_round",
        "_tuning_objective_metric",
    )
)
# What the images' older xgboost took and newer ones ignore or refuse; each only ever steered how, not what.
_RETIRED = frozenset(
    (
        "predictor",
        "dsplit",
        "sketch_eps",
        "silent",
        "prob_buffer_row",
        "deterministic_histogram",
        "single_precision_histogram",
    )
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train.

    `parameters` are for libxgboost. `own_metrics` are computed here. `stop_metric` is the metric that early
    stopping watches, None for the last one printed.
    """

    parameters: tuple[tuple[str, str], ...]
    objective: str
    booster: str
    classes: int
    rounds: int
    own_metrics: tuple[str, ...]
    stop_after: int | None
    stop_metric: str | None
    weights: bool
    save_on_termination: bool
    folds: int | None
    repeats: int
    seed: int


def make_plan(values: Mapping[str, Any]) -> Plan:
    """Return a Plan from what `hyperparameters.validate` returned."""
    tuned = values.get("_tuning_objective_metric")
    wanted: list[str] = list(values.get("eval_metric", ()))
    metrics = sorted({*wanted, tuned.split(":", 1)[1]}) if tuned else wanted
    objective = values.get("objective", "reg:squarederror").replace("reg:linear", "reg:squarederror")
    native = [metric for metric in metrics if metric not in CONTAINER_METRICS]
    return Plan(
        parameters=(
            *_parameters({**values, "objective": objective}),
            *(("eval_metric", name) for name in native),
        ),
        objective=objective,
        booster=values.get("booster", "gbtree"),
        classes=values.get("num_class", 2),
        rounds=values["num_round"],
        own_metrics=tuple(metric for metric in metrics if metric in CONTAINER_METRICS),
        stop_after=values.get("early_stopping_rounds"),
        stop_metric=tuned.split(":", 1)[1] if tuned else wanted[-1] if wanted else None,
        weights=values.get("csv_weights") == 1,
        save_on_termination=values.get("save_model_on_termination") == "true",
        folds=values.get("_kfold"),
        repeats=values.get("_num_cv_round", 1),
        seed=values.get("seed", 0),
    )


def _parameters(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    out = []
    for name, value in values.items():
        if name in _OWN or name in _RETIRED:
            continue
        if name == "tree_method" and value == "gpu_hist":
            # Renamed in xgboost 2. Without a GPU, xgboost warns and uses the same method on the CPU.
            out.append(("device", "cuda"))
            value = "hist"
        out.append((name, ",".join(value) if name == "updater" else str(value)))
    return out
