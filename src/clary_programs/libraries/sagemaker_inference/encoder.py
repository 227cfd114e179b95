"""Arrays to JSON, CSV and NPY."""

from clary_programs.serving.content import encode

from . import content_types

SUPPORTED_CONTENT_TYPES = {content_types.JSON, content_types.CSV, content_types.NPY}

__all__ = ["SUPPORTED_CONTENT_TYPES", "encode"]
