"""The model server in a container beside the agent: it is started and ended by the platform, and only awaited here."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from clary_programs.agents.transform.clients import ModelClient, MuxClient
from clary_programs.agents.transform.errors import NoResponse
from clary_programs.serving.sun_path import connect

_PING_SECONDS = 2.0
_AWAY_SECONDS = 5.0  # that nothing answers at a socket until the server counts as ended


class ServerBeside:
    """A server behind a worker socket, as ModelServer for a program of our own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._away: float | None = None  # since when nothing answers (time.monotonic)

    def wait_until_ready(self, patience: float) -> None:
        """Until a ping is answered. Raise NoResponse where the server ends or `patience` seconds pass."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self._answers():
                return
            self.check()
            time.sleep(0.05)
        raise NoResponse(f"the model server did not pass the ping health check within {patience:.0f} seconds")

    def check(self) -> None:
        """Raise NoResponse where the server has ended."""
        if not self.running:
            raise NoResponse("the model server ended")

    @property
    def running(self) -> bool:
        """Whether the socket is not there yet or has a listener, but for a moment."""
        if not self._path.exists() or self._connects():
            self._away = None
            return True
        self._away = self._away or time.monotonic()
        return time.monotonic() - self._away < _AWAY_SECONDS

    def client(self) -> ModelClient:
        """Return a new client; only of a server that is ready."""
        return MuxClient(self._path)

    def stop(self) -> None:
        """Do nothing: the platform ends it after the agent."""

    def _connects(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                connect(line, self._path)
            except OSError:
                return False
        return True

    def _answers(self) -> bool:
        client = self.client()
        try:
            client.ping(_PING_SECONDS)
        except NoResponse:
            return False
        finally:
            client.close()
        return True
