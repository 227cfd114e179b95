"""The scrub of S3, in one gateway, as long as it runs."""

from clary.plane.upkeep.scrub import Scrub, Source
from clary.services.s3.scrub import parts, versions
from clary.services.s3.service import s3

scrub = Scrub(
    s3, Source("version", versions.following, versions.check), Source("part", parts.following, parts.check)
)
