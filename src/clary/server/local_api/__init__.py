"""The platform's own small API under `/_clary/`, for what no AWS operation offers."""

from clary.server.local_api.api import LocalApi

__all__ = ["LocalApi"]
