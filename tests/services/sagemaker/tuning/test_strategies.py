"""Random and grid search, Bayesian search beside Optuna itself, Hyperband, early stopping, several definitions."""

from __future__ import annotations

import math
from typing import Any

import optuna
import pytest

from clary.services.sagemaker.tuning import studies
from clary.services.sagemaker.tuning.search.bayesian import seed_of
from tests.services.sagemaker.tuning.lab import (
    Hyperparameters,
    Lab,
    categorical,
    continuous,
    training_definition,
    tuning_request,
)

MIXED = {
    "ContinuousParameterRanges": [
        continuous("x", "-2", "3"),
        continuous("rate", "0.0001", "0.1", ScalingType="Logarithmic"),
        continuous("momentum", "0.5", "0.999", ScalingType="ReverseLogarithmic"),
    ],
    "IntegerParameterRanges": [continuous("depth", "2", "9")],
    "CategoricalParameterRanges": [categorical("kind", "a", "b", "c")],
}


def mixed(values: Hyperparameters) -> list[float]:
    rate = abs(math.log10(float(values["rate"])) + 2)
    return [float(values["x"]) ** 2 + rate + (values["kind"] != "b") + abs(int(values["depth"]) - 5) / 5]


def points(lab: Lab, name: str = "t") -> list[dict[str, str]]:
    return [one["TunedHyperParameters"] for one in lab.children(name)]


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_every_point_lies_in_its_ranges(lab: Lab, role: str, strategy: str) -> None:
    lab.run(tuning_request(role, strategy=strategy, most=25, parallel=5, ranges=MIXED), mixed)
    found = points(lab)
    assert len({tuple(one.values()) for one in found}) == 25
    for one in found:
        assert -2 <= float(one["x"]) <= 3
        assert 0.0001 <= float(one["rate"]) <= 0.1
        assert 0.5 <= float(one["momentum"]) <= 0.999
        assert one["depth"] in map(str, range(2, 10))
        assert one["kind"] in ("a", "b", "c")


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_the_same_seed_gives_the_same_points(lab: Lab, role: str, strategy: str) -> None:
    # API_HyperParameterTuningJobConfig, RandomSeed
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        request = tuning_request(role, name, strategy=strategy, most=14, ranges=MIXED, RandomSeed=seed)
        lab.run(request, mixed)
    assert points(lab, "one") == points(lab, "two")
    assert points(lab, "one") != points(lab, "three")


def test_a_small_space_is_searched_without_repetition(lab: Lab, role: str) -> None:
    ranges = {"IntegerParameterRanges": [continuous("x", "1", "12")]}
    lab.run(tuning_request(role, most=12, ranges=ranges))
    assert sorted(int(one["x"]) for one in points(lab)) == list(range(1, 13))


def test_a_grid_visits_every_combination_once(lab: Lab, role: str) -> None:
    ranges = {"CategoricalParameterRanges": [categorical("x", "1", "2", "3"), categorical("y", '"a"', '"b"')]}
    found = lab.run(tuning_request(role, strategy="Grid", most=None, parallel=4, ranges=ranges))
    assert found["TrainingJobStatusCounters"]["Completed"] == 6
    assert sorted((one["x"], one["y"]) for one in points(lab)) == [
        (x, y) for x in "123" for y in ('"a"', '"b"')
    ]


def test_bayesian_search_is_optuna_trial_by_trial(lab: Lab, role: str) -> None:
    lab.run(tuning_request(role, strategy="Bayesian", most=30, ranges=MIXED), mixed)
    assert points(lab) == by_optuna(30, seed="7/0")


def by_optuna(count: int, seed: str) -> list[dict[str, str]]:
    """The points that Optuna proposes, driven by a loop of its own."""
    distributions = optuna.distributions
    space = {
        "depth": distributions.IntDistribution(2, 9),
        "x": distributions.FloatDistribution(-2, 3),
        "rate": distributions.FloatDistribution(0.0001, 0.1, log=True),
        "momentum": distributions.FloatDistribution(1 - 0.999, 0.5, log=True),
        "kind": distributions.CategoricalDistribution(("a", "b", "c")),
    }
    study = optuna.create_study(direction="minimize")
    found = []
    for number in range(count):
        study.sampler = optuna.samplers.TPESampler(seed=seed_of(seed, number))
        trial = study.ask(space)
        momentum = min(max(1 - trial.params["momentum"], 0.5), 0.999)
        texts = {name: str(value) for name, value in (trial.params | {"momentum": momentum}).items()}
        found.append(texts)
        study.tell(trial, mixed(texts)[0])
    return found


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_study_that_is_built_again_proposes_the_same(lab: Lab, role: str, strategy: str) -> None:
    ranges = {**MIXED, "ContinuousParameterRanges": MIXED["ContinuousParameterRanges"][:2]}
    lab.run(tuning_request(role, "one", strategy=strategy, most=24, parallel=3, ranges=ranges), mixed)
    lab.sm.create_hyper_parameter_tuning_job(
        **tuning_request(role, "two", strategy=strategy, most=24, parallel=3, ranges=ranges)
    )
    while lab.describe("two")["HyperParameterTuningJobStatus"] == "InProgress":
        lab.turn()
        studies._studies.clear()  # as after the death of the process
    assert points(lab, "two") == points(lab, "one")


def learning(values: Hyperparameters) -> list[float]:
    """A loss that falls with each of 27 epochs, towards what the hyperparameter allows."""
    floor = abs(float(values["x"]) - 0.4)
    return [floor + math.exp(-epoch / 5) for epoch in range(27)]


def test_hyperband_stops_the_worse_ones_early(lab: Lab, role: str) -> None:
    config = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 27}}
    request = tuning_request(role, strategy="Hyperband", most=18, parallel=3, StrategyConfig=config)
    by_band = lab.run(request, learning)
    spent, lab.epochs = lab.epochs, 0
    by_chance = lab.run(tuning_request(role, "random", most=18, parallel=3), learning)
    assert by_band["HyperParameterTuningJobStatus"] == "Completed"
    assert by_band["TrainingJobStatusCounters"]["Stopped"] > 9
    assert by_band["ObjectiveStatusCounters"] == {"Succeeded": 18, "Pending": 0, "Failed": 0}
    assert spent <= lab.epochs / 2
    assert best(by_band) <= best(by_chance)


def test_hyperband_stops_what_has_all_its_epochs(lab: Lab, role: str) -> None:
    # API_HyperbandStrategyConfig, MaxResource: "Once a job reaches the MaxResource value, it is stopped."
    config = {"HyperbandStrategyConfig": {"MaxResource": 5}}
    found = lab.run(
        tuning_request(role, strategy="Hyperband", most=1, StrategyConfig=config), lambda values: [1.0] * 100
    )
    assert found["TrainingJobStatusCounters"]["Stopped"] == 1
    assert 5 <= lab.epochs < 20


@pytest.mark.parametrize("static", [{"fixed": "1"}, {"sagemaker_program": '"train.py"'}])
def test_early_stopping_by_the_median(lab: Lab, role: str, static: dict[str, str]) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html
    losses = iter([1.0, 2.0, 9.0, 0.5])

    def flat(values: Hyperparameters) -> list[float]:
        return [next(losses)] * 20

    definition = {"StaticHyperParameters": static}
    found = lab.run(tuning_request(role, definition=definition, TrainingJobEarlyStoppingType="Auto"), flat)
    assert [one["TrainingJobStatus"] for one in lab.children()] == [
        "Completed",
        "Stopped",
        "Stopped",
        "Completed",
    ]
    assert found["TrainingJobStatusCounters"]["Stopped"] == 2
    assert best(found) == 0.5
    assert lab.epochs < 60


def test_without_it_every_training_job_ends_by_itself(lab: Lab, role: str) -> None:
    found = lab.run(tuning_request(role), lambda values: [float(len(lab.started))] * 5)
    assert found["TrainingJobStatusCounters"]["Completed"] == 4
    assert found["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Off"


def test_several_definitions_take_turns(lab: Lab, sm: Any, role: str) -> None:
    request = tuning_request(role, most=6, parallel=2)
    config = request["HyperParameterTuningJobConfig"]
    objective, ranges = config.pop("HyperParameterTuningJobObjective"), config.pop("ParameterRanges")
    del request["TrainingJobDefinition"]
    request["TrainingJobDefinitions"] = [
        training_definition(
            role,
            DefinitionName=name,
            TuningObjective=objective,
            HyperParameterRanges=ranges,
            StaticHyperParameters={"which": name},
        )
        for name in ("one", "two")
    ]
    found = lab.run(request, lambda values: [float(values["x"]) + (values["which"] == "one")])
    assert [one["TrainingJobDefinitionName"] for one in lab.children()] == ["one", "two"] * 3
    assert found["BestTrainingJob"]["TrainingJobDefinitionName"] == "two"
    assert [one["which"] for one in lab.started.values()].count("one") == 3


def test_autotune_finds_ranges(lab: Lab, role: str) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
    hints = {"rate": "0.02", "depth": "6", "flag": "true", "name": "adam"}
    ranges = {"AutoParameters": [{"Name": name, "ValueHint": hint} for name, hint in hints.items()]}
    request = tuning_request(role, most=None, parallel=5, ranges=ranges) | {"Autotune": {"Mode": "Enabled"}}
    found = lab.run(request, lambda values: [float(values["rate"])])
    assert found["Autotune"] == {"Mode": "Enabled"}
    made = list(lab.started.values())
    assert all(0.002 <= float(one["rate"]) <= 0.2 and 1 <= int(one["depth"]) <= 60 for one in made)
    assert {one["flag"] for one in made} == {"true", "false"}
    assert {one["name"] for one in made} == {"adam"}
    assert "name" not in points(lab)[0]
    assert len(made) <= 30


def best(found: dict[str, Any]) -> float:
    return found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
