"""The arguments of functions, and functions that raise one kind of error.

Source: aws/sagemaker-training-toolkit `functions.py`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .mapping import split_by_criteria


class ArgSpec(NamedTuple):
    """A function's arguments, in the form that Python's `inspect` had up to 3.10."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(fn: Callable[..., Any]) -> ArgSpec:
    """Return the names and default values of a function's arguments."""
    spec = inspect.getfullargspec(fn)
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)


def matching_args(fn: Callable[..., Any], dictionary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entries that the function takes: all of them if it takes `**kwargs`."""
    spec = getargspec(fn)
    return dictionary if spec.keywords else split_by_criteria(dictionary, spec.args).included


def error_wrapper(fn: Callable[..., Any], error_class: type[Exception]) -> Callable[..., Any]:
    """Return `fn` with every exception that it raises wrapped in `error_class`."""

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            raise error_class(error) from error

    return wrapper
