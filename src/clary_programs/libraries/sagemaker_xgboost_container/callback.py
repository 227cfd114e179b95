"""The callbacks with which the container trains. The Debugger's hook is not here: `smdebug` is AWS's own."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING

from . import checkpointing
from .algorithm_mode import train_utils
from .constants.xgb_constants import MODEL_NAME, XGB_MAXIMIZE_METRICS

if TYPE_CHECKING:
    import xgboost


def add_sigterm_handler(model_dir: str, is_master: bool) -> None:
    """End the process at SIGTERM with exit code 0; the master first removes all but the model from its folder."""

    def leave(signum: int, frame: object) -> None:
        if is_master:
            train_utils.cleanup_dir(model_dir, MODEL_NAME)
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)


def get_callbacks(
    model_dir: str,
    checkpoint_dir: str | None,
    early_stopping_data_name: str | None,
    early_stopping_metric: str | None,
    early_stopping_rounds: int | None,
    save_model_on_termination: str,
    is_master: bool,
    fold: int | None = None,
) -> tuple[str | None, int, list[xgboost.callback.TrainingCallback]]:
    """Return the checkpoint to go on from, the rounds that it has seen, and the callbacks for `xgboost.train`."""
    import xgboost

    if checkpoint_dir and fold is not None:
        checkpoint_dir = os.path.join(checkpoint_dir, f"model-{fold}")
    model, done = checkpointing.load_checkpoint(checkpoint_dir)
    if model is not None:
        logging.info("Checkpoint loaded from %s. Resuming from iteration %s", model, done)
    callbacks: list[xgboost.callback.TrainingCallback] = [xgboost.callback.EvaluationMonitor()]
    if checkpoint_dir and is_master:
        callbacks.append(checkpointing.save_checkpoint(checkpoint_dir, start_iteration=done))
    if save_model_on_termination == "true" and is_master:
        name = MODEL_NAME if fold is None else f"{MODEL_NAME}-{fold}"
        callbacks.append(checkpointing.save_intermediate_model(model_dir, name))
        add_sigterm_handler(model_dir, is_master)
    if early_stopping_data_name and early_stopping_metric and early_stopping_rounds:
        callbacks.append(
            xgboost.callback.EarlyStopping(
                rounds=early_stopping_rounds,
                data_name=early_stopping_data_name,
                metric_name=early_stopping_metric,
                maximize=early_stopping_metric in XGB_MAXIMIZE_METRICS,
                save_best=is_master,
            )
        )
    return model, done, callbacks
