"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service
from clary.plane.nouns.dialects import CAMEL
from clary.plane.outline import Scrubbed

ecr = Service(
    "ecr",
    schema="clary.services.ecr",
    dialect=CAMEL,
    blobs=("ecr_layer.place", "ecr_upload_part.place", "ecr_garbage.place"),
    scrubbed=(
        Scrubbed("layer", "ecr_layer", ("repository", "digest", "")),
        Scrubbed("part", "ecr_upload_part", ("upload", "", "first")),
    ),
)
