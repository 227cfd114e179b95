"""STS: the caller's identity, and temporary credentials."""

from clary.services.sts import access, assume_role, tokens
from clary.services.sts.service import sts

service = sts

__all__ = ["access", "assume_role", "service", "sts", "tokens"]
