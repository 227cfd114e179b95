"""The arguments of functions, and functions that raise one kind of error."""

from clary_programs.libraries._shared.functions import error_wrapper, getargspec, matching_args

__all__ = ["error_wrapper", "getargspec", "matching_args"]
