"""A platform in a process of its own, which says after each step what it has loaded: modules of services, models of botocore.

For each line of standard input it does one step: a request as JSON, `look` at what is due or has changed, as the controllers'
process does. `python -m tests.services.lazy_child gateway|controllers HOME`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import threading
from pathlib import Path
from typing import Any

from clary.plane import Platform, Service
from clary.server.assemble import assemble
from clary.server.background import Background
from clary.server.gateway import Gateway
from clary.server.home import Home
from clary.server.local_api import LocalApi
from clary.server.loop import Controllers
from clary.server.options import Options
from clary.server.routing import router_over
from clary.wire import Request, source

MODELS: list[str] = []


def note_models() -> None:
    """Write down every model file that is read."""
    load = source._load

    def noted(path: Path) -> Any:
        found = load(path)
        if found is not None and path.name == "service-2.json":
            MODELS.append(path.parent.parent.name)
        return found

    source._load = noted


def say(**more: Any) -> None:
    modules = sorted(name for name in sys.modules if name.startswith("clary.services."))
    print(json.dumps({"modules": modules, "models": sorted(MODELS), **more}), flush=True)


async def gateway(platform: Platform, home: Home) -> None:
    """Answer the requests."""
    loop_thread = threading.get_ident()
    on_loop: list[str] = []
    loaded_by: dict[str, str] = {}  # names of threads

    def note(service: Service) -> None:
        loaded_by[service.name] = threading.current_thread().name
        if threading.get_ident() == loop_thread:
            on_loop.append(service.name)

    platform.registry.listen(note)
    server = Gateway(platform, router_over(platform.registry), LocalApi(platform, home, Options()))
    background = Background(platform)
    await background.begin()
    say()
    while line := await asyncio.to_thread(sys.stdin.readline):
        said = json.loads(line)
        request = Request(
            said["method"], said["path"], said["query"], said["headers"], base64.b64decode(said["body"])
        )
        answer = await server.answer(request)
        body = answer.body.decode() if isinstance(answer.body, bytes) else ""
        say(status=answer.status, body=body, on_loop=on_loop, loaded_by=loaded_by)
    await background.end()


def controllers(platform: Platform, home: Home) -> None:
    """Look at what is due and at what has changed."""
    loop = Controllers(platform, home.bell("controllers"))
    say()
    for _ in sys.stdin:
        loop.once()
        loop._consumers.once()
        say()


def main() -> None:
    note_models()
    home = Home.at(sys.argv[2])
    platform = assemble(home, Options())
    if sys.argv[1] == "gateway":
        asyncio.run(gateway(platform, home))
    else:
        controllers(platform, home)


if __name__ == "__main__":
    main()
