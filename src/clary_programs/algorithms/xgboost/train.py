"""The training job's program: read `/opt/ml/input`, train, write `model/xgboost-model`, or report why that
failed.

Run as `python -m clary_programs.algorithms.xgboost.train`. `SAGEMAKER_BASE_DIR` moves `/opt/ml`. The reason
of a failure goes to `output/failure` and standard error. Exit code 2 means a mistake of the customer, 1 a
failure of the algorithm.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clary_programs.algorithms.xgboost import cluster, log
from clary_programs.algorithms.xgboost.artifacts import written
from clary_programs.algorithms.xgboost.booster import Booster
from clary_programs.algorithms.xgboost.boosting import Start, Surroundings, train
from clary_programs.algorithms.xgboost.channels import Channel, open_channels, read_channel
from clary_programs.algorithms.xgboost.checkpoints import Checkpoints, newest, remove_unfinished, write_whole
from clary_programs.algorithms.xgboost.errors import AlgorithmError, CustomerError
from clary_programs.algorithms.xgboost.folds import cross_validate
from clary_programs.algorithms.xgboost.hyperparameters import validate
from clary_programs.algorithms.xgboost.library import XGBoostError
from clary_programs.algorithms.xgboost.matrix import Matrix, matrix_of
from clary_programs.algorithms.xgboost.plan import Plan, make_plan
from clary_programs.contract.outcome import write_failure
from clary_programs.contract.paths import Paths
from clary_programs.formats.table import Table, stack

MODEL = "xgboost-model"
CUSTOMER_EXIT, ALGORITHM_EXIT = 2, 1

# What xgboost says of data or settings that their owner can put right (constants/xgb_constants.py of the
# container, and the words newer releases have for the same).
CUSTOMER_WORDS = (
    "label must be",
    "Relevance degre",
    "binary labels",
    "labels_lower_bound",
    "Target is multiclass but average='binary'",
    "feature_names mismatch",
    "preds.size() == info.labels",
    "label and prediction size not match",
    "the dataset only contains pos or neg samples",
    "base_score must be in (0,1)",
    "Parameter reg_lambda should be greater equal to 0",
    "Invalid Parameter format",
    "Invalid Input",
    "Out of range value",
    "Unknown tree updater",
    "should be greater equal to",
    "num_class",
)


@dataclass(frozen=True, slots=True)
class Job:
    """What the configuration files say. `hosts` are sorted; `tag` is that of the image asked for."""

    base: Path
    plan: Plan
    channels: dict[str, Channel]
    hosts: tuple[str, ...]
    host: str
    checkpoints: Path | None
    tag: str = ""

    @property
    def model(self) -> Path:
        return self.base / "model" / MODEL

    def write(self, model: bytes, suffix: str = "") -> None:
        """Leave a model as the job's artifact."""
        write_whole(self.model.with_name(f"{MODEL}{suffix}"), written(model, self.tag))


def main(argv: Sequence[str] | None = None) -> int:
    """Train; the exit code. Arguments (`train`) are accepted and mean nothing."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml")
    try:
        run(read_job(base))
    except CustomerError as error:
        return _fail(base, str(error), CUSTOMER_EXIT)
    except XGBoostError as error:
        if any(words in str(error) for words in CUSTOMER_WORDS):
            return _fail(base, str(error), CUSTOMER_EXIT)
        return _fail(base, f"XGB train call failed with exception:\n {error}", ALGORITHM_EXIT)
    except AlgorithmError as error:
        return _fail(base, str(error), ALGORITHM_EXIT)
    except Exception as error:
        import traceback

        traceback.print_exc()
        return _fail(base, f"{type(error).__name__}: {error}", ALGORITHM_EXIT)
    return 0


def read_job(base: Path) -> Job:
    """Return the job as the files under `input/config` describe it. Raise CustomerError."""
    folder = base / "input" / "config"
    plan = make_plan(validate(_read(folder / "hyperparameters.json")))
    channels = open_channels(_read(folder / "inputdataconfig.json"), base / "input" / "data")
    resources = _read(folder / "resourceconfig.json") or {"current_host": "algo-1", "hosts": ["algo-1"]}
    checkpoints = _read(folder / "checkpointconfig.json").get("LocalPath")
    return Job(
        base,
        plan,
        channels,
        tuple(sorted(resources["hosts"])),
        resources["current_host"],
        Path(checkpoints) if checkpoints else None,
        os.environ.get("CLARY_IMAGE_TAG", ""),
    )


def run(job: Job) -> None:
    """Train on this host, alone or together with the others. Raise CustomerError, AlgorithmError,
    XGBoostError."""
    tables = {name: read_channel(channel, job.plan.weights) for name, channel in job.channels.items()}
    if len(job.hosts) > 1:
        _run_together(job, tables)
        return
    for name, table in tables.items():
        if table is None:
            kind = "training" if name == "train" else name
            raise CustomerError(f"No data in {kind} channel path {job.channels[name].path}")
    log.info("Single node training.")
    _train_here(job, tables, Surroundings())


def _run_together(job: Job, tables: dict[str, Table | None]) -> None:
    log.info(f"Distributed node training with {len(job.hosts)} hosts: {list(job.hosts)}")
    if job.plan.folds:
        raise CustomerError(
            "Cross validation (_kfold) runs on a single instance; set the instance count to 1."
        )
    cluster.wait_for_names(job.hosts)
    port = cluster.port_of(os.environ)
    has_data = all(table is not None for table in tables.values())
    if not has_data:
        log.warning(f"Host {job.host} does not have data. It will not be used in distributed training.")
    hosts = cluster.hosts_with_data(job.hosts, job.host, has_data, port)
    if not has_data:
        return
    if len(hosts) == 1:
        _train_here(job, tables, Surroundings())
        return
    leads = job.host == hosts[0]
    with cluster.together(hosts, job.host, port + 1):
        _train_here(job, tables, Surroundings(add_up=cluster.add_up, speaks=leads))


def _train_here(job: Job, tables: dict[str, Table | None], around: Surroundings) -> None:
    train_data, validation = _matrices(job, tables)
    log.info(f"Train matrix has {train_data.rows} rows and {train_data.columns} columns")
    if validation is not None:
        log.info(f"Validation matrix has {validation.rows} rows")
    if job.plan.folds:
        _train_folds(job, tables)
        return
    saver = Saver(job) if around.speaks else None
    if saver is not None:
        around = replace(around, after_round=saver.after_round)
    done = train(job.plan, train_data, validation, _start(job), around)
    if saver is not None:
        saver.close()
        job.write(done.booster.save())
        log.info(f"Stored trained model at {job.model}")


def _train_folds(job: Job, tables: dict[str, Table | None]) -> None:
    present = [table for table in tables.values() if table is not None]
    trained = cross_validate(
        job.plan, _matrix(job, "train", _together(present)), job.base / "output" / "data"
    )
    for fold, one in enumerate(trained):
        job.write(one.booster.save(), f"-{fold}")


def _start(job: Job) -> Start:
    found = newest(job.checkpoints) if job.checkpoints else None
    if found is None:
        return Start()
    log.info(f"Checkpoint loaded from {job.checkpoints}. Resuming from iteration {found[1]}")
    return Start(*found)


def _matrices(job: Job, tables: dict[str, Table | None]) -> tuple[Matrix, Matrix | None]:
    train_table, validation = tables["train"], tables.get("validation")
    if train_table is None:
        raise AlgorithmError("there is nothing to train on")
    train_data = _matrix(job, "train", train_table)
    return train_data, _matrix(job, "validation", validation) if validation is not None else None


def _matrix(job: Job, name: str, table: Table) -> Matrix:
    """Return a channel's rows for xgboost. Raise CustomerError for values that it refuses (infinite ones,
    say)."""
    try:
        return matrix_of(table)
    except XGBoostError as error:
        raise job.channels[name].unloadable(error) from None


def _together(tables: list[Table]) -> Table:
    try:
        return stack(tables)
    except ValueError as error:
        raise CustomerError(f"The channels cannot be put together for cross validation: {error}") from None


class Saver:
    """Saves after each round: a checkpoint if asked for, and the model itself if it shall survive SIGTERM."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._keeps = job.plan.save_on_termination
        self._checkpoints = Checkpoints(job.checkpoints) if job.checkpoints else None
        if self._keeps:
            signal.signal(signal.SIGTERM, self._leave)

    def after_round(self, iteration: int, booster: Booster) -> None:
        if not self._keeps and self._checkpoints is None:
            return
        model = booster.save()
        if self._checkpoints is not None:
            self._checkpoints.save(iteration, model)
        if self._keeps:
            self._job.write(model)

    def close(self) -> None:
        """Training has ended by itself."""
        if self._checkpoints is not None:
            self._checkpoints.close()

    def _leave(self, signum: int, frame: object) -> None:
        """On SIGTERM the model of the last whole round is in place; what is unfinished must not be uploaded."""
        remove_unfinished(self._job.model.parent)
        os._exit(0)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _fail(base: Path, reason: str, code: int) -> int:
    print(reason, file=sys.stderr, flush=True)
    write_failure(Paths(base), reason, replace=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
