"""Routes the requests of the platform's own API. Knows who may do what; how it is done is in the modules beside it."""

from __future__ import annotations

import json
from typing import Any

from clary.kernel import AwsError
from clary.plane import Platform
from clary.server import root_keys
from clary.server.home import Home
from clary.server.local_api.access import names_platform, refuse_pages, require_root
from clary.server.local_api.accounts import create_account
from clary.server.local_api.clock import clock_of, move_clock
from clary.server.local_api.credentials import PREFIX, container_credentials
from clary.server.local_api.encryption import encrypt_some
from clary.server.local_api.events import events_of
from clary.server.local_api.reset import reset
from clary.server.local_api.status import status_of
from clary.server.local_api.usage import usage_of
from clary.server.options import Options
from clary.wire import Request, Response

_ROOT = "/_clary/"


class LocalApi:
    """Answers `/_clary/...` requests."""

    def __init__(self, platform: Platform, home: Home, options: Options) -> None:
        self.platform = platform
        self.home = home
        self.options = options
        self.names = tuple(name.lower() for name in (options.host, *options.host_names))

    def serves(self, request: Request) -> bool:
        """Tell whether a request is for this API: by its path, and on the platform's own host names only."""
        return request.path.startswith(_ROOT) and names_platform(request, self.names)

    async def __call__(self, request: Request) -> Response:
        """Return the answer, or the refusal as `{"code": …, "message": …}`."""
        try:
            return await self._answer(request)
        except AwsError as error:
            return _json(error.status, {"code": error.code, "message": error.message})

    async def _answer(self, request: Request) -> Response:
        refuse_pages(request)
        if request.method == "GET" and request.path == f"{_ROOT}health":
            return _json(200, {"status": "ok", "services": sorted(self.platform.services)})
        if request.method == "GET" and request.path.startswith(PREFIX):
            return _json(*await container_credentials(self.platform, request))
        return await self._administer(request)

    async def _administer(self, request: Request) -> Response:
        """Answer what only the root user of the first account may ask."""
        match request.method, request.path.removeprefix(_ROOT):
            case "GET", "status":
                await require_root(self.platform, self.home, request)
                return _json(200, await status_of(self.platform))
            case "GET", "events":
                await require_root(self.platform, self.home, request)
                return _json(200, await events_of(self.platform, request))
            case "GET", "usage":
                await require_root(self.platform, self.home, request)
                return _json(200, await usage_of(self.platform, request))
            case "GET", "clock":
                await require_root(self.platform, self.home, request)
                return _json(200, clock_of(self.platform))
            case "POST", "clock":
                await require_root(self.platform, self.home, request)
                return _json(200, await move_clock(self.platform, request))
            case "POST", "encryption":
                await require_root(self.platform, self.home, request)
                return _json(200, await encrypt_some(self.platform, request))
            case "POST", "accounts":
                await require_root(self.platform, self.home, request)
                return _json(*await create_account(self.platform, request))
            case "POST", _ if account := root_keys.account_in(request.path):
                await require_root(self.platform, self.home, request)
                return _json(*await root_keys.rotate(self.platform, self.home, self.options, account))
            case "POST", "reset":
                self._require_reset()
                await require_root(self.platform, self.home, request)
                await reset(self.platform, self.home, self.options)
                return _json(200, {"status": "reset"})
        return _json(404, {"message": f"There is no {request.method} {request.path}."})

    def _require_reset(self) -> None:
        if not self.options.allow_reset:
            raise AwsError("AccessDenied", "This platform was started without --allow-reset.", 403)


def _json(status: int, value: Any) -> Response:
    return Response(status, [("content-type", "application/json")], json.dumps(value).encode())
