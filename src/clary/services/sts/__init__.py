"""STS: who am I, and temporary credentials."""

from clary.services.sts import access, assume, tokens
from clary.services.sts.service import sts

service = sts

__all__ = ["access", "assume", "service", "sts", "tokens"]
