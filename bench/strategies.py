"""`./run bench strategies [--seeds 1,2,3] [--trials 24] [--parts hyperband,bayesian]`: what a strategy of tuning is good for, by real
training jobs on a live platform.

    hyperband   Hyperband against random search, a PyTorch script of 27 epochs: epochs that were trained, the best loss
    bayesian    Bayesian against random search, the built-in XGBoost on adult income: the best AUC after each trial

Both search the same space with the same seed. Adult income is read from --data (adult-train.csv of UCI); without it that part is
left out.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.ours import Ours

ROOT = Path(__file__).resolve().parents[1]
EPOCHS = 27
_XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
_PYTORCH = (
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.1.0-cpu-py310-ubuntu20.04-sagemaker"
)
_ADULT = ROOT.parent / "shared/data/uci/adult-train.csv"
_MOST_SECONDS = 3600
Json = dict[str, Any]


def main(argv: Sequence[str]) -> int:
    """Measure and print, line by line."""
    args = _parse(argv)
    folder = Path(tempfile.mkdtemp(prefix="clb"))
    try:
        with Ours(folder) as ours:
            lab = Lab(ours, args.trials)
            for seed in args.seeds:
                if "hyperband" in args.parts:
                    _say(_hyperband(lab, seed))
                if "bayesian" in args.parts and args.data.exists():
                    _say(_bayesian(lab, seed, args.data))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench strategies", description=__doc__)
    parser.add_argument(
        "--seeds", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2, 3]
    )
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--parts", type=lambda text: text.split(","), default=["hyperband", "bayesian"])
    parser.add_argument("--data", type=Path, default=_ADULT)
    return parser.parse_args(argv)


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)


class Lab:
    """A live platform with a bucket and a role, and tuning jobs that run to their end."""

    def __init__(self, ours: Ours, trials: int) -> None:
        self.sm, self.s3, self._logs = (ours.client(one) for one in ("sagemaker", "s3", "logs"))
        self.trials = trials
        self._role = ours.role()
        self.s3.create_bucket(Bucket="bench")

    def tune(self, name: str, strategy: str, seed: int, ranges: Json, job: Json, **config: Any) -> list[Json]:
        """Run a tuning job to its end; return its training jobs in their order."""
        objective = {"Type": job.pop("Type"), "MetricName": job.pop("Metric")}
        self.sm.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": strategy,
                "HyperParameterTuningJobObjective": objective,
                "ResourceLimits": {"MaxNumberOfTrainingJobs": self.trials, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": ranges,
                "RandomSeed": seed,
                **config,
            },
            TrainingJobDefinition={**self._common(), **job},
        )
        self._wait(name)
        listed = self.sm.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, SortBy="CreationTime", SortOrder="Ascending", MaxResults=100
        )
        return listed["TrainingJobSummaries"]

    def _common(self) -> Json:
        return {
            "RoleArn": self._role,
            "OutputDataConfig": {"S3OutputPath": "s3://bench/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": _MOST_SECONDS},
        }

    def _wait(self, name: str) -> None:
        for _ in range(_MOST_SECONDS):
            found = self.sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
            if found["HyperParameterTuningJobStatus"] == "Completed":
                return
            if found["HyperParameterTuningJobStatus"] != "InProgress":
                raise RuntimeError(f"{name}: {found.get('FailureReason')}")
            time.sleep(1)
        raise RuntimeError(f"{name} did not end")

    def epochs(self, job: str) -> int:
        """Return how many epochs a training job told, also after it was asked to stop."""
        group = "/aws/sagemaker/TrainingJobs"
        (stream,) = self._logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")[
            "logStreams"
        ]
        page = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True}
        return sum(
            event["message"].startswith("epoch ") for event in self._logs.get_log_events(**page)["events"]
        )


def _value(summary: Json) -> float:
    return summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


# Hyperband ---------------------------------------------------------------------------------------------------------


def _range(name: str, least: str, most: str, scale: str) -> Json:
    return {"Name": name, "MinValue": least, "MaxValue": most, "ScalingType": scale}


_DIGITS = {
    "ContinuousParameterRanges": [
        _range("rate", "0.0001", "0.3", "Logarithmic"),
        _range("momentum", "0.0", "0.95", "Linear"),
        _range("dropout", "0.0", "0.6", "Linear"),
    ],
    "IntegerParameterRanges": [_range("width", "16", "256", "Logarithmic")],
}


def _hyperband(lab: Lab, seed: int) -> Iterator[str]:
    lab.s3.put_object(Bucket="bench", Key="code.tar.gz", Body=_packed("train_digits.py"))
    band = {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": EPOCHS}}}
    spent: dict[str, int] = {}
    for strategy, config in (("Random", {}), ("Hyperband", band)):
        jobs = lab.tune(f"digits-{strategy}-{seed}", strategy, seed, _DIGITS, _digits(), **config)
        spent[strategy] = sum(lab.epochs(one["TrainingJobName"]) for one in jobs)
        best = min(_value(one) for one in jobs)
        stopped = sum(one["TrainingJobStatus"] == "Stopped" for one in jobs)
        yield (
            f"digits, seed {seed}, {strategy}: {len(jobs)} trials, {spent[strategy]} epochs, best loss {best:.4f}, "
            f"{stopped} stopped"
        )
    yield f"digits, seed {seed}: Hyperband trains {spent['Hyperband'] / spent['Random']:.2f} of the epochs of Random"


def _digits() -> Json:
    return {
        "Type": "Minimize",
        "Metric": "loss",
        "AlgorithmSpecification": {
            "TrainingImage": _PYTORCH,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+);"}],
        },
        "StaticHyperParameters": {
            "sagemaker_program": '"train_digits.py"',
            "sagemaker_submit_directory": '"s3://bench/code.tar.gz"',
            "epochs": str(EPOCHS),
        },
    }


def _packed(name: str) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        archive.add(ROOT / "bench/programs" / name, name)
    return whole.getvalue()


# Bayesian ----------------------------------------------------------------------------------------------------------

_ADULTS = {
    "ContinuousParameterRanges": [
        _range("eta", "0.005", "0.9", "Logarithmic"),
        _range("subsample", "0.2", "1.0", "Linear"),
        _range("colsample_bytree", "0.2", "1.0", "Linear"),
        _range("min_child_weight", "0.1", "50", "Logarithmic"),
        _range("lambda", "0.01", "100", "Logarithmic"),
    ],
    "IntegerParameterRanges": [_range("max_depth", "1", "12", "Linear")],
}


def _bayesian(lab: Lab, seed: int, data: Path) -> Iterator[str]:
    for name, rows in _adult(data).items():
        lab.s3.put_object(Bucket="bench", Key=f"adult/{name}/rows.csv", Body=rows)
    for strategy in ("Random", "Bayesian"):
        jobs = lab.tune(f"adult-{strategy}-{seed}", strategy, seed, _ADULTS, _boosted())
        values = [_value(one) for one in jobs]
        bests = ", ".join(
            f"{max(values[:count]):.5f} after {count}" for count in (len(values) // 2, len(values))
        )
        yield f"adult, seed {seed}, {strategy}: best AUC {bests} trials, median {sorted(values)[len(values) // 2]:.5f}"


def _boosted() -> Json:
    return {
        "Type": "Maximize",
        "Metric": "validation:auc",
        "AlgorithmSpecification": {"TrainingImage": _XGBOOST, "TrainingInputMode": "File"},
        "StaticHyperParameters": {
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "num_round": "60",
            "seed": "1",
            "nthread": "1",
        },
        "InputDataConfig": [_channel(name) for name in ("train", "validation")],
    }


def _channel(name: str) -> Json:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://bench/adult/{name}/"}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def _adult(path: Path) -> dict[str, bytes]:
    """Return every third row for validation and the rest for training: the label first, words as numbers."""
    rows = [[word.strip() for word in row] for row in csv.reader(path.open()) if row]
    codes: list[dict[str, int]] = [{} for _ in rows[0]]
    lines = [
        ",".join([str(int(row[-1] == ">50K")), *(_number(word, codes[n]) for n, word in enumerate(row[:-1]))])
        for row in rows
    ]
    parts = {"train": [line for n, line in enumerate(lines) if n % 3], "validation": lines[::3]}
    return {name: "\n".join(part).encode() for name, part in parts.items()}


def _number(word: str, codes: dict[str, int]) -> str:
    return word if word.isdecimal() else str(codes.setdefault(word, len(codes)))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
