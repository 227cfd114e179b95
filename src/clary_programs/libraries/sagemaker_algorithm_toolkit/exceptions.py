"""Errors that end an algorithm, by whose fault they are."""

from clary_programs.libraries._shared.exceptions import (
    AlgorithmError,
    BaseToolkitError,
    PlatformError,
    UserError,
)

__all__ = ["AlgorithmError", "BaseToolkitError", "PlatformError", "UserError"]
