"""The data formats of SageMaker's built-in algorithms and model servers, read into and written from NumPy arrays.

`decode(body, content_type)` is the way in. Nothing here knows a model, a channel or a server; NumPy and PyArrow are
imported only when a body needs them, for importing is most of the cost of starting a job.
"""

from clary_programs.formats.decoding import decode
from clary_programs.formats.errors import FormatError, UnsupportedMediaType
from clary_programs.formats.media import MediaType, parse_media_type

__all__ = ["FormatError", "MediaType", "UnsupportedMediaType", "decode", "parse_media_type"]
