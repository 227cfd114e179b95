"""Errors that end an algorithm, by who caused them."""

from clary_programs.libraries._shared.exceptions import (
    AlgorithmError,
    BaseToolkitError,
    PlatformError,
    UserError,
)

__all__ = ["AlgorithmError", "BaseToolkitError", "PlatformError", "UserError"]
