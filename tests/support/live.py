"""A platform as a user has it: the warden and its workers as processes of their own, in a home of its own.

Knows how to start, find, kill and clear them away; what they are to promise is in the tests.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from botocore.config import Config

from clary.cli.home import Home as ClientHome
from clary.server.home import Home, read_json
from clary.server.processes import Process
from tests.support.clients import boto3_client
from tests.support.waiting import until

_TIMED = Config(read_timeout=30, connect_timeout=10)
DUTIES = ("warden", "gateway", "controllers")
_OURS = ("AWS_", "CLARY_", "PYTEST_")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Live:
    """One platform. `words` are options of the server's own command line."""

    def __init__(self, folder: Path, *words: str, env: dict[str, str] | None = None) -> None:
        self.home = Home.at(folder)
        self.port = free_port()
        self.words = words
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        self.env = {**inherited, **(env or {})}

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # life and death -----------------------------------------------------------------------------------------------
    def start(self) -> Live:
        """Start a warden and wait until the gateway answers."""
        words = [sys.executable, "-m", "clary.server", "warden", "--home", str(self.home.path)]
        private = os.open(
            self.home.path / "log" / "warden.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        with os.fdopen(private, "ab") as log:
            child = subprocess.Popen(
                [*words, "--port", str(self.port), *self.words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self.env,
            )
        self._reap = child  # kept, so that its end is collected
        try:
            until(self.healthy, 30)
        except AssertionError:
            said = self.said()
            self.clear()
            raise AssertionError(said) from None
        return self

    def said(self) -> str:
        """The last of what each process wrote."""
        logs = sorted((self.home.path / "log").glob("*.log"))
        return "\n".join(f"{path.name}: {path.read_text()[-2000:]}" for path in logs)

    def slow_turns(self) -> list[str]:
        """What the gateway logged of CLARY_SLOW_TURNS."""
        lines = (self.home.path / "log" / "gateway.log").read_text().splitlines()
        return [line for line in lines if " clary.slow_turns " in line]

    def down(self) -> None:
        """TERM to the warden of record, as `clary down` does; returns when the three are gone."""
        known = [process for process in map(self.process, DUTIES) if process]
        warden = self.process("warden")
        assert warden is not None, "there is no warden of record"
        os.kill(warden.pid, signal.SIGTERM)
        until(lambda: not any(process.alive() for process in known), 20)

    def clear(self) -> None:
        """Kill whatever is left of this home, jobs and model servers too, and remove what lies outside of it."""
        with contextlib.suppress(Exception):
            self.down()
        for _ in range(50):
            left = self.pids()
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not left:
                break
            time.sleep(0.05)
        with contextlib.suppress(Exception):
            self._reap.wait(5)
        shutil.rmtree(self.home.path, ignore_errors=True)

    # processes ----------------------------------------------------------------------------------------------------
    def process(self, duty: str) -> Process | None:
        """Who does a duty, as written down, if alive."""
        entry = read_json(self.home.path / "run" / f"{duty}.json")
        found = Process(entry["pid"], entry["started"]) if entry else None
        return found if found and found.alive() else None

    def pids(self, *words: str) -> list[int]:
        """Every process whose command line names this home, and each of `words` as well."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and self._is_ours(folder, words) and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        return sorted(found)

    def _is_ours(self, folder: Path, words: tuple[str, ...]) -> bool:
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
        home = str(self.home.path)
        ours = any(word == home or word.startswith(home + "/") for word in line)
        return ours and all(any(word in part for part in line) for word in words)

    # clients ------------------------------------------------------------------------------------------------------
    def healthy(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.raw("GET", "/_clary/health")[0] == 200
        return False

    def raw(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """One plain HTTP exchange, unsigned."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body or None, headers or {})
            answer = line.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            line.close()

    def send(self, data: bytes, seconds: float = 20.0) -> bytes:
        """Bytes as they are; what came back until the other side closed or fell silent for `seconds`."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as line:
            line.sendall(data)
            return read_all(line)

    @property
    def identity(self) -> dict[str, str]:
        return asdict(ClientHome(self.home.path).identity())

    def client(self, service: str, key: str = "", secret: str = "", token: str = "", **options: Any) -> Any:
        """boto3 as the root of the first account, or as somebody else. Retries are off unless `config` says so."""
        root = self.identity
        config = _TIMED.merge(options.pop("config", Config()))
        key, secret = key or root["access_key_id"], secret or root["secret_access_key"]
        return boto3_client(service, self.endpoint, key, secret, token or None, config=config, **options)


def read_all(line: socket.socket) -> bytes:
    """Everything until the end, a reset or a time-out."""
    parts = []
    with contextlib.suppress(OSError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def make_role(live: Live, name: str = "Jobs", *, s3: bool = True) -> str:
    """A role that SageMaker may take, with S3's rights or with none. Its ARN."""
    iam = live.client("iam")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if s3:
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    return arn


def short_folder() -> Path:
    """A fresh folder whose name is short enough for sockets."""
    return Path(tempfile.mkdtemp(prefix="clary-test-"))
