"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service
from clary.plane.nouns.dialects import LAMBDA
from clary.services.lambda_.accepts import ACCEPTS

lambda_ = Service(
    "lambda",
    schema="clary.services.lambda_",
    dialect=LAMBDA,
    accepts=ACCEPTS,
    blobs=("lambda_code.place", "lambda_layer.place"),
)
