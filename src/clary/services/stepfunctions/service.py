"""The service itself; the modules beside it register what answers its operations."""

from dataclasses import replace

from clary.plane import Service
from clary.plane.nouns.dialects import CAMEL
from clary.services.stepfunctions.accepts import ACCEPTS

stepfunctions = Service(
    "stepfunctions",
    schema="clary.services.stepfunctions",
    dialect=replace(CAMEL, created=("creationDate",)),
    accepts=ACCEPTS,
)
