"""Serving a web application of a model."""

from __future__ import annotations

import importlib
import os
import sys

from clary_programs.libraries._shared.served import WsgiHandler
from clary_programs.serving import model_server

from . import _env, _modules


def start(module_app: str) -> None:
    """Serve the WSGI application `package.module:name` until SIGTERM, then end the process.

    It is served by Clary's model server, not by gunicorn and nginx; the port is that of the serving environment.
    """
    env = _env.ServingEnv()
    if env.module_name:
        _modules.import_module(env.module_dir, env.module_name)
    module, _, name = module_app.partition(":")
    sys.exit(
        model_server.main(lambda: WsgiHandler(getattr(importlib.import_module(module), name)), os.environ)
    )


def next_safe_port(port_range: str, after: str | None = None) -> str:
    """Return the first port of `first-last`, or the one after `after`. Raise ValueError beyond the last."""
    first, last = map(int, port_range.split("-"))
    port = int(after) + 1 if after else first
    if not first <= port <= last:
        raise ValueError(f"{port} is outside of the acceptable port range for SageMaker: {port_range}")
    return str(port)
