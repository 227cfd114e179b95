"""Load: one canned request again and again over some connections, by wrk where it is, else by our own generator."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import Server

_GENERATOR = Path(__file__).parent / "generator.py"
_REPORT = """
function done(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format('{"seconds":%f,"requests":%d,"p50":%f,"p99":%f,"errors":%d}\\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Canned:
    """A request as it goes over the wire again and again."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def once(self, seconds: float = 30.0) -> bytes:
        """Send it once; the body of the answer. Raises OSError (urllib's) for any failure."""
        request = urllib.request.Request(
            self.url, data=self.body or None, method=self.method, headers=dict(self.headers)
        )
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.read()

    def answers(self) -> bool:
        """Whether it is answered with success just now."""
        try:
            self.once()
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Figures:
    """What one stretch of load gave: requests a second, latencies and server CPU per request in microseconds."""

    rps: float
    p50: float
    p99: float
    cpu: float
    errors: int


def generator_name() -> str:
    """Which generator this machine has."""
    return "wrk" if shutil.which("wrk") else "own generator (Debian package wrk is steadier)"


def drive(
    server: Server, request: Canned, clients: int, seconds: float, most_errors: float = 0.01
) -> Figures:
    """Load a server and read its CPU clock before and after. Raises RuntimeError when it answered nothing, or more than this
    share with errors."""
    before = server.cpu()
    said = _wrk(request, clients, seconds) if shutil.which("wrk") else _own(request, clients, seconds)
    spent = server.cpu() - before
    if not said["requests"] or said["errors"] > said["requests"] * most_errors:
        raise RuntimeError(f"{server.name} failed under load: {said}")
    return Figures(
        rps=(said["requests"] - said["errors"]) / said["seconds"],
        p50=said["p50"],
        p99=said["p99"],
        cpu=spent / said["requests"] * 1e6,
        errors=int(said["errors"]),
    )


def _wrk(request: Canned, clients: int, seconds: float) -> dict[str, float]:
    lines = [f"wrk.method = {_lua(request.method.encode())}"]
    if request.body:
        lines.append(f"wrk.body = {_lua(request.body)}")
    for name, value in request.headers.items():
        # wrk adds a Host of its own unless one is set under exactly this name.
        shown = "Host" if name.lower() == "host" else name
        lines.append(f"wrk.headers[{_lua(shown.encode())}] = {_lua(value.encode())}")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("\n".join(lines) + _REPORT)
        script.flush()
        words = [
            "wrk",
            "-t1",
            f"-c{clients}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "20s",
            "-s",
            script.name,
        ]
        done = subprocess.run([*words, request.url], capture_output=True, text=True)
    return _last_json(done)


def _lua(data: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'


def _own(request: Canned, clients: int, seconds: float) -> dict[str, float]:
    job = {
        "url": request.url,
        "method": request.method,
        "headers": dict(request.headers),
        "body": request.body.decode("latin-1"),
        "clients": clients,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, str(_GENERATOR)], input=json.dumps(job), capture_output=True, text=True
    )
    return _last_json(done)


def _last_json(done: subprocess.CompletedProcess[str]) -> dict[str, float]:
    for line in reversed((done.stdout + "\n" + done.stderr).splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise RuntimeError(f"no figures from the load generator: {done.stderr[-500:]}")
