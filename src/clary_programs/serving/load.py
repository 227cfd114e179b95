"""From a framework's name to a loaded model: the user's hooks, the built-in algorithm, or the framework's defaults.

Imports only what the choice needs, because start-up time is counted. Knows no socket.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module

from clary_programs.contract.paths import Paths
from clary_programs.serving.api import Handler
from clary_programs.serving.user_module import Program, find_program, import_program

# Frameworks that serve their own artifact when the user brings no code: module with `create(model_dir, environ)`.
BUILT_IN = {"xgboost": "clary_programs.algorithms.xgboost.serve"}


def load(framework: str, environ: Mapping[str, str] | None = None) -> Handler:
    """Return the loaded handler of the model under `/opt/ml/model`."""
    variables = os.environ if environ is None else environ
    paths = Paths.of(variables)
    program = find_program(paths, variables)
    if program is None and framework in BUILT_IN:
        return import_module(BUILT_IN[framework]).create(paths.model, variables)
    return _hooked(framework, program, paths, variables)


def _hooked(framework: str, program: Program | None, paths: Paths, environ: Mapping[str, str]) -> Handler:
    from clary_programs.serving.frameworks import defaults_of
    from clary_programs.serving.hooks import HookedHandler, hooks_of

    module = None if program is None else import_program(program, paths, environ)
    return HookedHandler(hooks_of(module, defaults_of(framework)), str(paths.model), environ)
