"""The library of AWS's older images: the training environment as an object, encoders, and answers of a model."""

from ._env import TrainingEnv


def training_env() -> TrainingEnv:
    """The training environment, as the job's files have it."""
    return TrainingEnv()
