"""What a proxy password opens: the administrator's everything, a run's what its program may reach while it
runs."""

from __future__ import annotations

import hmac

from clary.plane import Platform, grants
from clary.server.proxy import Rights


class ProxyPasswords:
    """Decides what passwords open. `administrator` is the password of `clary run`."""

    def __init__(self, platform: Platform, administrator: str) -> None:
        self._platform = platform
        self._administrator = administrator.encode()

    async def __call__(self, password: str) -> Rights:
        if hmac.compare_digest(password.encode(), self._administrator):
            return Rights.ADMINISTRATOR
        return Rights.RUN if await grants.opens_proxy(self._platform, password) else Rights.NOTHING
