"""`python -m tests.server.sites.serving HOME PORT`: the gateway's process, with a service that has sites."""

from __future__ import annotations

import sys
from pathlib import Path

import uvloop

from clary.server.assemble import assemble
from clary.server.gateway_process import serve
from clary.server.home import Home
from clary.server.http.sockets import listen
from clary.server.options import Options
from clary.services import load_services
from tests.support.scratch_sites import scratch_service

if __name__ == "__main__":
    home, options = Home.at(Path(sys.argv[1])), Options(port=int(sys.argv[2]))
    scratch = scratch_service()
    platform = assemble(home, options, services={**load_services(), scratch.name: scratch})
    uvloop.run(serve(platform, home, options, listen(options.host, options.port)))
