"""Hyperparameters into a plan: aliases, what goes to xgboost, what stays with the program."""

from __future__ import annotations

from clary_programs.algorithms.xgboost.hyperparameters import KINDS, validate
from clary_programs.algorithms.xgboost.plan import Plan, make_plan

# Every name of the developer guide's table of hyperparameters, with a value it allows.
DOCUMENTED = {
    "num_class": "3",
    "num_round": "10",
    "alpha": "0",
    "base_score": "0.5",
    "booster": "gbtree",
    "colsample_bylevel": "1",
    "colsample_bynode": "1",
    "colsample_bytree": "1",
    "csv_weights": "0",
    "deterministic_histogram": "true",
    "early_stopping_rounds": "5",
    "eta": "0.3",
    "eval_metric": "mlogloss,merror",
    "gamma": "0",
    "grow_policy": "depthwise",
    "interaction_constraints": "[[1, 2], [3, 4]]",
    "lambda": "1",
    "lambda_bias": "0",
    "max_bin": "256",
    "max_delta_step": "0",
    "max_depth": "6",
    "max_leaves": "0",
    "min_child_weight": "1",
    "monotone_constraints": "(1, 0, -1)",
    "normalize_type": "tree",
    "nthread": "2",
    "objective": "multi:softprob",
    "one_drop": "0",
    "process_type": "default",
    "rate_drop": "0.0",
    "refresh_leaf": "1",
    "sample_type": "uniform",
    "scale_pos_weight": "1",
    "seed": "0",
    "single_precision_histogram": "false",
    "sketch_eps": "0.03",
    "skip_drop": "0.0",
    "subsample": "1",
    "tree_method": "hist",
    "tweedie_variance_power": "1.5",
    "updater": "grow_quantile_histmaker,prune",
    "verbosity": "1",
}


def plan(**values: str) -> Plan:
    return make_plan(validate({"num_round": "3", **values}))


def test_everything_documented_is_accepted() -> None:
    assert set(validate(DOCUMENTED)) == set(DOCUMENTED)
    assert set(DOCUMENTED) <= set(KINDS)


def test_only_xgboosts_own_parameters_reach_it() -> None:
    names = {name for name, _ in make_plan(validate(DOCUMENTED)).parameters}
    for kept in ("num_round", "csv_weights", "early_stopping_rounds", "sketch_eps"):
        assert kept not in names
    assert {"eta", "max_depth", "num_class", "objective", "eval_metric"} <= names


def test_aliases() -> None:
    given = plan(learning_rate="0.1", min_split_loss="1", reg_lambda="2", reg_alpha="3").parameters
    assert {("eta", "0.1"), ("gamma", "1.0"), ("lambda", "2.0"), ("alpha", "3.0")} <= set(given)


def test_lists_reach_xgboost_as_it_reads_them() -> None:
    given = dict(make_plan(validate(DOCUMENTED)).parameters)
    assert given["monotone_constraints"] == "(1, 0, -1)"
    assert given["interaction_constraints"] == "[[1, 2], [3, 4]]"
    assert given["updater"] == "grow_quantile_histmaker,prune"


def test_old_names() -> None:
    given = dict(plan(objective="reg:linear", tree_method="gpu_hist", predictor="gpu_predictor").parameters)
    assert (given["objective"], given["tree_method"], given["device"]) == ("reg:squarederror", "hist", "cuda")
    assert "predictor" not in given


def test_metrics_are_parted_between_xgboost_and_the_program() -> None:
    made = plan(eval_metric="rmse,r2,mae,mse")
    assert [value for name, value in made.parameters if name == "eval_metric"] == ["rmse", "mae"]
    assert (made.own_metrics, made.stop_metric) == (("r2", "mse"), "mse")


def test_the_tuning_objective_is_added_and_watched() -> None:
    made = plan(eval_metric="rmse", _tuning_objective_metric="validation:mae")
    assert [value for name, value in made.parameters if name == "eval_metric"] == ["mae", "rmse"]
    assert made.stop_metric == "mae"
    assert plan().stop_metric is None
