"""Dictionaries as environment variables and as arguments of a command, and divided by their keys."""

from clary_programs.libraries._shared.mapping import (
    MappingMixin,
    SplitResultSpec,
    split_by_criteria,
    to_cmd_args,
    to_env_vars,
)

__all__ = ["MappingMixin", "SplitResultSpec", "split_by_criteria", "to_cmd_args", "to_env_vars"]
