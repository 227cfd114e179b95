"""Blobs that rows of S3 have let go."""

from clary.plane.upkeep.garbage import Garbage

garbage = Garbage("s3", "s3_object.place", "s3_part.place")
