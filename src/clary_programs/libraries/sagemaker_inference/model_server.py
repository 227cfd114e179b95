"""Serving a handler service."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from clary_programs.contract.paths import Paths
from clary_programs.libraries._shared.served import ServiceHandler
from clary_programs.serving import model_server
from clary_programs.toolkit.errors import CalledProcessError
from clary_programs.toolkit.requirements import install_requirements

from . import default_handler_service, environment

DEFAULT_HANDLER_SERVICE = default_handler_service.__name__
REQUIREMENTS_PATH = os.path.join(environment.code_dir, "requirements.txt")


def start_model_server(handler_service: str = DEFAULT_HANDLER_SERVICE) -> None:
    """Serve the handler service of a module until SIGTERM, then end the process.

    It is served by Clary's model server, not by the multi-model server; the port is that of the serving
    environment. Raise ValueError if the requirements of the model's code cannot be installed.
    """
    sys.path.insert(0, environment.code_dir)
    if os.path.exists(REQUIREMENTS_PATH):
        _install_requirements()
    sys.exit(model_server.main(lambda: _load(handler_service), os.environ))


def _install_requirements() -> None:
    layer = Paths.of().packages
    try:
        install_requirements(Path(environment.code_dir), layer, os.environ)
    except CalledProcessError as error:
        raise ValueError("failed to install required packages") from error
    sys.path.insert(0, str(layer))


def _load(name: str) -> ServiceHandler:
    """Return a module by its name, or by the path of its file."""
    folder, base = os.path.split(name)
    if folder:
        sys.path.insert(0, folder)
    return ServiceHandler(_service(importlib.import_module(base.removesuffix(".py"))), environment.model_dir)


def _service(module: ModuleType) -> Any:
    """Return the module itself if it has `handle`, else an instance of the class of its own that has
    `handle`."""
    if hasattr(module, "handle"):
        return module
    own = [
        value
        for _, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and hasattr(value, "handle")
    ]
    if len(own) != 1:
        raise ValueError(f"Expected only one class in custom service code or a function entry point {own}")
    return own[0]()
