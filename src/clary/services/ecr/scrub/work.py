"""The scrub of ECR, in one gateway, as long as it runs."""

from clary.plane.upkeep.scrub import Scrub, Source
from clary.services.ecr.scrub import layers, parts
from clary.services.ecr.service import ecr

scrub = Scrub(
    ecr, Source("layer", layers.following, layers.check), Source("part", parts.following, parts.check)
)
