"""The training environment as an object: every key of SM_TRAINING_ENV is an attribute."""

from __future__ import annotations

from typing import Any

from clary_programs.contract.training_env import TrainingEnv as Contract


class TrainingEnv:
    """A snapshot of the job's files and variables."""

    def __init__(self) -> None:
        self._contract = Contract.read()
        self._document = self._contract.document()

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_document"][name]
        except KeyError:
            raise AttributeError(f"the training environment has no {name}") from None

    def to_env_vars(self) -> dict[str, str]:
        """The SM_* variables."""
        return self._contract.variables()

    def to_cmd_args(self) -> list[str]:
        """The hyperparameters as arguments of a command."""
        return self._contract.user_args
