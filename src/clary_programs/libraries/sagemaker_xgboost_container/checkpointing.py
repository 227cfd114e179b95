"""Checkpoints of a training in script mode: one a round, the newest few kept, and going on from the newest.

A checkpoint is the file `xgboost-checkpoint.<round>`; a file that is just being uploaded is not removed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xgboost

from clary_programs.algorithms.xgboost import checkpoints
from clary_programs.algorithms.xgboost.checkpoints import Checkpoints, write_whole

TEMP_FILE_SUFFIX = checkpoints.UNFINISHED
FILE_LOCK_SUFFIX = checkpoints.UPLOADING
FILE_SAFE_SUFFIX = checkpoints.UPLOADED
CHECKPOINT_FILENAME = checkpoints.NAME

_DEFAULT_ROUNDS = 10


def train(train_args: Mapping[str, Any], checkpoint_dir: str) -> xgboost.Booster:
    """Call `xgboost.train(**train_args)` for the rounds that the newest checkpoint lacks, saving each round."""
    model, done = load_checkpoint(checkpoint_dir)
    if model is not None:
        logging.info("Checkpoint loaded from %s", model)
        logging.info("Resuming from iteration %s", done)
    rounds = train_args.get("num_boost_round", _DEFAULT_ROUNDS) - done
    callbacks = [
        *(train_args.get("callbacks") or []),
        print_checkpointed_evaluation(rounds, start_iteration=done),
        save_checkpoint(checkpoint_dir, start_iteration=done),
    ]
    # The bytes, not the path: xgboost guesses a file's format by its suffix, and warns of the round's number.
    start = None if model is None else bytearray(Path(model).read_bytes())
    own = {"num_boost_round": rounds, "verbose_eval": False, "xgb_model": start, "callbacks": callbacks}
    return xgboost.train(**{**train_args, **own})


def load_checkpoint(checkpoint_dir: str | None, max_try: int = 5) -> tuple[str | None, int]:
    """Return the path of the newest checkpoint that can be read and the number of rounds that it has seen.

    At most `max_try` checkpoints are tried; (None, 0) without one.
    """
    if not checkpoint_dir:
        return None, 0
    for round_number in checkpoints.rounds(Path(checkpoint_dir))[:max_try]:
        path = os.path.join(checkpoint_dir, f"{CHECKPOINT_FILENAME}.{round_number}")
        if checkpoints.is_readable(Path(path)):
            return path, round_number + 1
        logging.debug("Wrong checkpoint model format %s", path)
    return None, 0


def save_checkpoint(
    checkpoint_dir: str,
    start_iteration: int = 0,
    max_to_keep: int = 5,
    num_round: int | None = None,
    rank: int = 0,
    iteration: int = 0,
    end_iteration: int | None = None,
) -> SaveCheckpointCallBack:
    """Return a callback for `xgboost.train` that saves each round."""
    return SaveCheckpointCallBack(
        checkpoint_dir, start_iteration, max_to_keep, num_round, rank, iteration, end_iteration
    )


def print_checkpointed_evaluation(
    end_iteration: int,
    iteration: int = 0,
    rank: int = 0,
    period: int = 1,
    show_stdv: bool = True,
    start_iteration: int = 0,
) -> PrintCheckpoint:
    """Return a callback for `xgboost.train` that prints each round's metrics, counting on from a checkpoint."""
    return PrintCheckpoint(end_iteration, iteration, rank, period, show_stdv, start_iteration)


def save_intermediate_model(intermediate_model_dir: str, model_name: str) -> SaveIntermediateModelCallBack:
    """Return a callback for `xgboost.train` that writes the model after each round."""
    return SaveIntermediateModelCallBack(intermediate_model_dir, model_name, is_master=True)


class SaveCheckpointCallBack(xgboost.callback.TrainingCallback):
    """Saves each round's model and removes those that are no longer among the newest `max_to_keep`.

    Rounds are counted by xgboost, on from `start_iteration`. Only the first of several hosts saves. The arguments
    `num_round`, `iteration` and `end_iteration` are the container's bookkeeping and not needed for that.
    """

    def __init__(
        self,
        checkpoint_dir: str,
        start_iteration: int = 0,
        max_to_keep: int = 5,
        num_round: int | None = None,
        rank: int = 0,
        iteration: int = 0,
        end_iteration: int | None = None,
    ) -> None:
        self.checkpoint_dir, self.start_iteration, self.rank = checkpoint_dir, start_iteration, rank
        self.max_to_keep, self.num_round = max_to_keep, num_round
        os.makedirs(checkpoint_dir, exist_ok=True)
        self._checkpoints = Checkpoints(Path(checkpoint_dir), max_to_keep)

    def __call__(self, model: xgboost.Booster, epoch: int = 0, evals_log: object = None) -> bool:
        return self.after_iteration(model, epoch, evals_log)

    def format_path(self, iteration: int) -> str:
        """Return the path of a round's checkpoint."""
        return os.path.join(self.checkpoint_dir, f"{CHECKPOINT_FILENAME}.{iteration}")

    def after_iteration(self, model: xgboost.Booster, epoch: int = 0, evals_log: object = None) -> bool:
        """Save the round; training goes on."""
        if _is_first(self.rank):
            self._checkpoints.save(self.start_iteration + epoch, bytes(model.save_raw("ubj")))
        return False

    def after_training(self, model: xgboost.Booster) -> xgboost.Booster:
        """Remove what is left of old checkpoints, whether or not they are being uploaded."""
        self._checkpoints.close()
        return model


# The name in the images up to 1.2.
SaveCheckpoint = SaveCheckpointCallBack


class SaveIntermediateModelCallBack(xgboost.callback.TrainingCallback):
    """Writes the model after each round to one file, so that a job that is stopped leaves its last whole round."""

    def __init__(self, intermediate_model_dir: str, model_name: str, is_master: bool) -> None:
        self.intermediate_model_dir, self.model_name = intermediate_model_dir, model_name
        self.is_master = is_master

    def __call__(self, model: xgboost.Booster, epoch: int = 0, evals_log: object = None) -> bool:
        return self.after_iteration(model, epoch, evals_log)

    def format_path(self) -> str:
        """Return the path of the file."""
        return os.path.join(self.intermediate_model_dir, self.model_name)

    def after_iteration(self, model: xgboost.Booster, epoch: int = 0, evals_log: object = None) -> bool:
        """Replace the file; training goes on."""
        if self.is_master:
            write_whole(Path(self.format_path()), bytes(model.save_raw("ubj")))
        return False


SaveIntermediateModel = SaveIntermediateModelCallBack


class PrintCheckpoint(xgboost.callback.TrainingCallback):
    """Prints `[round]<tab>data-metric:value …` on every `period`-th round and on the last one."""

    def __init__(
        self,
        end_iteration: int,
        iteration: int = 0,
        rank: int = 0,
        period: int = 1,
        show_stdv: bool = True,
        start_iteration: int = 0,
    ) -> None:
        self.end_iteration, self.rank, self.period = end_iteration, rank, period
        self.show_stdv, self.start_iteration = show_stdv, start_iteration

    def __call__(self, model: object, epoch: int = 0, evals_log: Mapping[str, Any] | None = None) -> bool:
        return self.after_iteration(model, epoch, evals_log)

    def after_iteration(
        self, model: object, epoch: int = 0, evals_log: Mapping[str, Any] | None = None
    ) -> bool:
        """Print the round's line; training goes on."""
        due = self.period and (epoch % self.period == 0 or epoch + 1 == self.end_iteration)
        if evals_log and due and _is_first(self.rank):
            print(self._line(epoch, evals_log), flush=True)
        return False

    def _line(self, epoch: int, evals_log: Mapping[str, Mapping[str, Sequence[Any]]]) -> str:
        scores = [
            f"{data}-{metric}:{self._score(values[-1])}"
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        ]
        return "\t".join([f"[{self.start_iteration + epoch}]", *scores])

    def _score(self, value: float | tuple[float, float]) -> str:
        if not isinstance(value, tuple):
            return f"{value:.5f}"
        return f"{value[0]:.5f}+{value[1]:.5f}" if self.show_stdv else f"{value[0]:.5f}"


def _is_first(rank: int) -> bool:
    return rank == 0 and xgboost.collective.get_rank() == 0
