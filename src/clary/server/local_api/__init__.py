"""The platform's own small API under `/_clary/`: what no AWS operation gives."""

from clary.server.local_api.api import LocalApi

__all__ = ["LocalApi"]
