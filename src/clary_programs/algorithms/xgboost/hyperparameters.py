"""The algorithm's hyperparameters: every name, its kind and range, and the rules between them.

Source: developer guide "XGBoost Hyperparameters"; names, ranges and words as in aws/sagemaker-xgboost-container,
`algorithm_mode/hyperparameter_validation.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from clary_programs.algorithms.xgboost import metric_names
from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.algorithms.xgboost.hyperparameter_kinds import (
    Kind,
    category,
    comma_list,
    continuous,
    integer,
    nested_list,
    number_tuple,
)

REQUIRED = ("num_round",)
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}

OBJECTIVES = (
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:absoluteerror",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
)
_GROW = ("grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker", "grow_quantile_histmaker")
_TREE = (*_GROW, "grow_skmaker", "sync", "refresh", "prune")
_LINEAR = ("shotgun", "coord_descent")


def _metric_with_threshold(metric: str) -> bool:
    name, at, threshold = metric.partition("@")
    if not at:
        return False
    if name.strip() not in metric_names.WITH_THRESHOLD:
        raise CustomerError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should "
            "be one of these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold.strip().rstrip("-"))
    except ValueError:
        raise CustomerError(f"Threshold value 't' in '{name}@t' expects float input.") from None
    return True


KINDS: dict[str, Kind] = {
    "num_round": integer(1),
    "csv_weights": integer(0, 1),
    "early_stopping_rounds": integer(1),
    "booster": category("gbtree", "gblinear", "dart"),
    "verbosity": integer(0, 3),
    "silent": integer(0, 1),
    "nthread": integer(1),
    "eta": continuous(0, 1),
    "gamma": continuous(0),
    "max_depth": integer(0),
    "min_child_weight": continuous(0),
    "max_delta_step": continuous(0),
    "subsample": continuous(0, 1, open_low=True),
    "colsample_bytree": continuous(0, 1, open_low=True),
    "colsample_bylevel": continuous(0, 1, open_low=True),
    "colsample_bynode": continuous(0, 1, open_low=True),
    "lambda": continuous(0),
    "alpha": continuous(0),
    "tree_method": category("auto", "exact", "approx", "hist", "gpu_hist"),
    "sketch_eps": continuous(0, 1, open_low=True, open_high=True),
    "scale_pos_weight": continuous(0, open_low=True),
    "updater": comma_list((*_TREE, *_LINEAR)),
    "dsplit": category("row", "col"),
    "refresh_leaf": integer(0, 1),
    "process_type": category("default", "update"),
    "grow_policy": category("depthwise", "lossguide"),
    "max_leaves": integer(0),
    "max_bin": integer(0),
    "predictor": category("auto", "cpu_predictor", "gpu_predictor"),
    "monotone_constraints": number_tuple(-1, 0, 1),
    "interaction_constraints": nested_list(1),
    "sample_type": category("uniform", "weighted"),
    "normalize_type": category("tree", "forest"),
    "rate_drop": continuous(0, 1),
    "one_drop": integer(0, 1),
    "skip_drop": continuous(0, 1),
    "lambda_bias": continuous(0, 1),
    "tweedie_variance_power": continuous(1, 2, open_low=True, open_high=True),
    "objective": category(*OBJECTIVES),
    "num_class": integer(2),
    # Other numbers may be infinite; xgboost cannot read an infinite score again.
    "base_score": continuous(0, math.inf, open_high=True),
    "_kfold": integer(2),
    "_num_cv_round": integer(1),
    "_tuning_objective_metric": category(*metric_names.TUNING),
    "eval_metric": comma_list(metric_names.ALL, _metric_with_threshold),
    "seed": integer(-(2**31), 2**31 - 1, open_low=True, open_high=True),
    "num_parallel_tree": integer(1),
    "save_model_on_termination": category("true", "false"),
    "aft_loss_distribution": category("normal", "logistic", "extreme"),
    "aft_loss_distribution_scale": continuous(0, open_low=True),
    "deterministic_histogram": category("true", "false"),
    "single_precision_histogram": category("true", "false"),
    "sampling_method": category("uniform", "gradient_based"),
    "prob_buffer_row": continuous(1, open_low=True),
    "use_dask_gpu_training": category("true", "false"),
}


def validate(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the hyperparameters by canonical name with parsed values. Raise CustomerError in the container's
    words."""
    named = _canonical(given)
    for name in REQUIRED:
        if name not in named:
            raise CustomerError(f"Missing required hyperparameter: {name}")
    values = {name: _parse(name, text) for name, text in named.items()}
    for name, value in values.items():
        KINDS[name].check(name, value)
    _check_objective(values)
    _check_metrics(values)
    _check_updater(values)
    _check_constraints(values)
    return values


def _canonical(given: Mapping[str, str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for name, text in given.items():
        canonical = ALIASES.get(name, name)
        if canonical not in KINDS:
            raise CustomerError(f"Extraneous hyperparameter found: {name}")
        if canonical in named or (canonical != name and canonical in given):
            raise CustomerError(
                f"Hyperparameter {name} and {canonical} are aliases; please set only one of them"
            )
        named[canonical] = str(text)
    return named


def _parse(name: str, text: str) -> Any:
    try:
        return KINDS[name].parse(text)
    except ValueError as error:
        kind = type(error).__name__
        raise CustomerError(f"Hyperparameter {name}: could not parse value (caused by {kind})") from None


def _check_objective(values: Mapping[str, Any]) -> None:
    if values.get("objective") in ("multi:softmax", "multi:softprob") and "num_class" not in values:
        raise CustomerError("Require input for parameter 'num_class' for multi-classification")


def _check_metrics(values: Mapping[str, Any]) -> None:
    metrics, objective = values.get("eval_metric", ()), values.get("objective", "reg:squarederror")
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise CustomerError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise CustomerError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_updater(values: Mapping[str, Any]) -> None:
    updaters = values.get("updater")
    if updaters is None:
        return
    if values.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in _LINEAR:
            options = ", ".join(f"'{name}'" for name in _LINEAR)
            raise CustomerError(f"Linear updater should be one of these options: {options}.")
    elif values.get("process_type") == "update":
        if not set(updaters) <= {"refresh", "prune"}:
            raise CustomerError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif not set(updaters) <= set(_TREE):
        options = ", ".join(f"'{name}'" for name in _TREE)
        raise CustomerError(f"Tree updater should be selected from these options: {options}.")
    elif sum(name in _GROW for name in updaters) > 1:
        options = ", ".join(f"'{name}'" for name in _GROW)
        raise CustomerError(
            f"Only one tree grow plugin can be selected. Choose one from the following: {options}"
        )


def _check_constraints(values: Mapping[str, Any]) -> None:
    method = values.get("tree_method")
    if "monotone_constraints" in values and method not in ("exact", "hist"):
        raise CustomerError(
            "monotone_constraints can be used only when the tree_method parameter is set to "
            "either 'exact' or 'hist'."
        )
    if "interaction_constraints" in values and method not in ("exact", "hist", "approx"):
        raise CustomerError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )
