"""The library of AWS's scikit-learn and XGBoost images, older than the training and the inference toolkit.

Source of names, signatures and texts: aws/sagemaker-containers 2.8.6, `src/sagemaker_containers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._env import TrainingEnv


def training_env() -> TrainingEnv:
    """Return the training environment, as the job's files have it."""
    from ._env import TrainingEnv

    return TrainingEnv()
