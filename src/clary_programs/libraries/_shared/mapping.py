"""Dictionaries as environment variables and as arguments of a command, divided by their keys, and objects as dictionaries.

Source: aws/sagemaker-training-toolkit `mapping.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from clary_programs.contract import variables


class SplitResultSpec(NamedTuple):
    """The two parts of a dictionary."""

    included: dict[str, Any]
    excluded: dict[str, Any]


def to_env_vars(mapping: Mapping[str, Any]) -> dict[str, str]:
    """Return `{"SM_NAME": value}`; what is no text is compact JSON."""
    return variables.to_variables({str(name): _plain(value) for name, value in mapping.items()})


def to_cmd_args(mapping: Mapping[str, Any]) -> list[str]:
    """Return `--name value` in the order of names; `-n value` for a name of one letter."""
    return variables.to_arguments({str(name): _plain(value) for name, value in mapping.items()})


def split_by_criteria(
    dictionary: Mapping[str, Any], keys: Collection[str] | None = None, prefix: str | None = None
) -> SplitResultSpec:
    """Return the entries whose key is among `keys` or begins with `prefix`, and the others."""
    chosen = set(keys or ())
    included = {
        name: value
        for name, value in dictionary.items()
        if name in chosen or (prefix and name.startswith(prefix))
    }
    return SplitResultSpec(
        included, {name: value for name, value in dictionary.items() if name not in included}
    )


class MappingMixin(Mapping[str, Any]):
    """Makes the properties of an object readable as a dictionary's entries."""

    def properties(self) -> list[str]:
        """Return the names of the properties."""
        return [name for name in dir(type(self)) if self._is_property(name)]

    def _is_property(self, name: str) -> bool:
        return isinstance(getattr(type(self), name, None), property)

    def __getitem__(self, name: str) -> Any:
        if not self._is_property(name):
            raise KeyError(f"Trying to access non property {name}")
        return getattr(self, name)

    def __len__(self) -> int:
        return len(self.properties())

    def __iter__(self) -> Iterator[str]:
        return iter(self.properties())

    def __str__(self) -> str:
        return str(dict(self))


def _plain(value: Any) -> Any:
    """Return bytes are taken as Latin-1 text, as the toolkit takes them."""
    return value.decode("latin1") if isinstance(value, bytes) else value
