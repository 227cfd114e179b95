"""The serving environment: folders, and what the variables say of a model server."""

from __future__ import annotations

import os

from . import content_types, parameters

DEFAULT_MODULE_NAME = "inference.py"
DEFAULT_MODEL_SERVER_TIMEOUT = "60"
DEFAULT_STARTUP_TIMEOUT = "600"
DEFAULT_HTTP_PORT = "8080"
SAGEMAKER_BASE_PATH = "/opt/ml"

base_dir = os.environ.get(parameters.BASE_PATH_ENV, SAGEMAKER_BASE_PATH)
model_dir = os.path.join(
    base_dir, "models" if os.environ.get(parameters.MULTI_MODEL_ENV) == "true" else "model"
)
code_dir = os.path.join(model_dir, "code")


class Environment:
    """A snapshot of the variables."""

    def __init__(self) -> None:
        self._variables = dict(os.environ)

    @property
    def module_name(self) -> str:
        """The name of the user's module."""
        return self._variables.get(parameters.USER_PROGRAM_ENV, DEFAULT_MODULE_NAME).removesuffix(".py")

    @property
    def model_server_timeout(self) -> int:
        """After how many seconds a silent worker is replaced."""
        return int(self._variables.get(parameters.MODEL_SERVER_TIMEOUT_ENV, DEFAULT_MODEL_SERVER_TIMEOUT))

    @property
    def model_server_workers(self) -> str | None:
        """How many workers the model server has; None leaves it the choice."""
        return self._variables.get(parameters.MODEL_SERVER_WORKERS_ENV)

    @property
    def startup_timeout(self) -> int:
        """For how many seconds the model server may be starting."""
        return int(self._variables.get(parameters.STARTUP_TIMEOUT_ENV, DEFAULT_STARTUP_TIMEOUT))

    @property
    def default_accept(self) -> str:
        """The content type of answers to requests that ask for none."""
        return self._variables.get(parameters.DEFAULT_INVOCATIONS_ACCEPT_ENV, content_types.JSON)

    @property
    def http_port(self) -> str:
        """The port of pings and invocations, in releases before 1.3."""
        return self.inference_http_port

    @property
    def inference_http_port(self) -> str:
        """The port of pings and invocations."""
        return self._variables.get(parameters.BIND_TO_PORT_ENV, DEFAULT_HTTP_PORT)

    @property
    def management_http_port(self) -> str:
        """The port of requests that load and unload models."""
        return self.inference_http_port

    @property
    def safe_port_range(self) -> str | None:
        """Ports that the container may use beside, `first-last`."""
        return self._variables.get(parameters.SAFE_PORT_RANGE_ENV)
