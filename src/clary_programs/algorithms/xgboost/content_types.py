"""Which content types the image takes: the same of a training channel, an endpoint and a batch transform.

Words as in aws/sagemaker-xgboost-container, `data_utils.py`: get_content_type.
"""

from __future__ import annotations

from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.formats import media, parse_media_type

SHORT = {
    media.CSV: "csv",
    media.LIBSVM: "libsvm",
    media.PARQUET: "parquet",
    media.RECORDIO: "recordio-protobuf",
}
ACCEPTED = (*SHORT.values(), media.CSV, media.LIBSVM, "text/x-libsvm", media.PARQUET, media.RECORDIO)
INVALID = f"{{invalid_content_type}} is not an accepted ContentType: {', '.join(ACCEPTED)}."


def canonical(asked: str) -> str:
    """Return the content type without its parameters, of which only label_size counts. Raise CustomerError."""
    kind = parse_media_type(asked)
    if kind.name not in SHORT:
        raise CustomerError(INVALID.format(invalid_content_type=asked))
    if kind.name == media.CSV and kind.parameters.get("label_size", "1") != "1":
        raise CustomerError(
            f"{asked} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )
    return kind.name
