"""Blobs that rows of layers and uploads have let go."""

from clary.plane.upkeep.garbage import Garbage

garbage = Garbage("ecr", "ecr_layer.place", "ecr_upload_part.place")
