"""STS: who am I, and temporary credentials."""

from clary.services.sts import assume, tokens
from clary.services.sts.face import sts

service = sts

__all__ = ["assume", "service", "sts", "tokens"]
