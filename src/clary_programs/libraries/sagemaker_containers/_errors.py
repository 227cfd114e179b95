"""The errors that scripts raise and catch."""

from clary_programs.serving.content import UnsupportedFormat
from clary_programs.toolkit.errors import ClientError

UnsupportedFormatError = UnsupportedFormat

__all__ = ["ClientError", "UnsupportedFormatError"]
