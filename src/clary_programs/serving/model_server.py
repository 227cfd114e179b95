"""The process that serves one model: by the mux socket where the platform names one, by HTTP everywhere else.

Knows neither frameworks nor what a request means.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from clary_programs.contract.outcome import write_failure
from clary_programs.contract.paths import Paths
from clary_programs.serving.api import Handler

SOCKET_VARIABLE = "CLARY_WORKER_SOCKET"


def main(load: Callable[[], Handler], environ: Mapping[str, str] | None = None) -> int:
    """Load the model, then serve it until SIGTERM; the exit code, 1 where the model could not be loaded.

    Nothing listens before the model is loaded: an answer to a ping means ready.
    """
    variables = os.environ if environ is None else environ
    try:
        handler = load()
    except (Exception, SystemExit) as error:
        print(traceback.format_exc(), file=sys.stderr, flush=True)
        write_failure(Paths.of(variables), f"{type(error).__name__}: {error}")
        return 1
    serve(handler, variables)
    return 0


def serve(handler: Handler, environ: Mapping[str, str]) -> None:
    """Serve by the one face that `environ` asks for."""
    if path := environ.get(SOCKET_VARIABLE):
        from clary_programs.serving.mux_server import MuxServer

        MuxServer(handler, Path(path)).run()
    else:
        from clary_programs.serving import http_server

        http_server.serve(handler, environ)
