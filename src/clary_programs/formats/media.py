"""Content types with parameters (`text/csv; label_size=1`) and the short names AWS accepts for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

CSV = "text/csv"
LIBSVM = "text/libsvm"
PARQUET = "application/x-parquet"
RECORDIO = "application/x-recordio-protobuf"
JSON = "application/json"
JSONLINES = "application/jsonlines"
NPY = "application/x-npy"
NPZ = "application/x-npz"

_ALIASES = {
    "csv": CSV,
    "libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "parquet": PARQUET,
    "recordio-protobuf": RECORDIO,
    "json": JSON,
    "jsonlines": JSONLINES,
    "application/x-jsonlines": JSONLINES,
    "npy": NPY,
    "npz": NPZ,
}


@dataclass(frozen=True, slots=True)
class MediaType:
    """A content type: its canonical lower-case name and its parameters (names lower-case, quotes removed)."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@lru_cache(maxsize=256)
def parse_media_type(text: str) -> MediaType:
    """Return `text/x-libsvm ;charset=utf8` -> MediaType("text/libsvm", {"charset": "utf8"}). Never fails: an
    unknown type keeps its name, and a parameter without `=` is left out."""
    name, *rest = text.split(";")
    name = name.strip().lower()
    pairs = (part.partition("=") for part in rest if "=" in part)
    parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
    return MediaType(_ALIASES.get(name, name), MappingProxyType(parameters))
