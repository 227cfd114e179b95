"""Content types that have an encoder or a decoder, and those decoded to text before a hook sees them."""

from clary_programs.libraries._shared.content_types import ANY, CSV, JSON, NPY, OCTET_STREAM, UTF8_TYPES

NPZ = "application/x-npz"

__all__ = ["ANY", "CSV", "JSON", "NPY", "NPZ", "OCTET_STREAM", "UTF8_TYPES"]
