"""Rows 3 to 7: reading, writing and listing objects of S3; against `rclone serve s3` and moto_server; limit nginx, which sends files."""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from bench import peers
from bench.load import Canned, Figures, drive
from bench.ours import Ours, canned
from bench.processes import Server, free_port
from bench.rows.turns import Contestant, Found, take_turns
from bench.table import Goal, Line, median

ROW = 3
_KEYS = {"aws_access_key_id": "AKIDAKIDAKIDAKIDAKID", "aws_secret_access_key": "secret"}
_KB, _MB = 1 << 10, 1 << 20
_LISTED = 10_000
_BUCKET = "bench"
_SIZES = {"1 KB": _KB, "1 MB": _MB, "64 MB": 64 * _MB}
_PARTS = TransferConfig(multipart_threshold=8 * _MB, multipart_chunksize=8 * _MB, max_concurrency=4)
Clients = Mapping[str, tuple[Server, Any]]


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of rows 3 to 7. Ours as it comes, with objects encrypted; without that; and so with two gateways."""
    plain = {"CLARY_S3_ENCRYPTION": "off"}
    with ExitStack() as stack:
        ours = {
            "ours": stack.enter_context(Ours(_made(folder / "encrypted"))),
            "plain": stack.enter_context(Ours(_made(folder / "plain"), env=plain)),
            "two": stack.enter_context(Ours(_made(folder / "two"), env=plain, gateways=2)),
        }
        clients = {name: (clary.server, clary.client("s3")) for name, clary in ours.items()}
        for name, start in {"rclone": _rclone, "moto": _moto}.items():
            server, client = start(_made(folder / name))
            stack.enter_context(server)
            server.wait(lambda client=client: _answers(client))
            clients[name] = (server, client)
        bodies = {name: os.urandom(size) for name, size in _SIZES.items()}
        limit, urls = _nginx(_made(folder / "nginx"), bodies)
        stack.enter_context(limit)
        limit.wait(urls["1 KB"].answers)
        _fill(clients, bodies)
        return [
            *_reads(clients, limit, urls, seconds, rounds),
            *_writes(clients, bodies, seconds, rounds),
            *_multipart(clients, bodies["64 MB"], rounds),
            *_listing(clients, seconds, rounds),
        ]


# servers ---------------------------------------------------------------------------------------------------------


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _client(port: int) -> Any:
    options = {"addressing_style": "path"}
    config = Config(s3=options, retries={"max_attempts": 0, "mode": "standard"})  # type: ignore[arg-type]
    endpoint = f"http://127.0.0.1:{port}"
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config, **_KEYS)  # type: ignore[call-overload]


def _answers(client: Any) -> bool:
    try:
        client.list_buckets()
    except BotoCoreError:
        return False
    return True


def _rclone(folder: Path) -> tuple[Server, Any]:
    port = free_port()
    words = ["serve", "s3", "--auth-key", ",".join(_KEYS.values()), "--addr", f"127.0.0.1:{port}"]
    command = [str(peers.environment() / "rclone"), *words, str(_made(folder / "objects"))]
    return Server("rclone", command, log=folder / "rclone.log"), _client(port)


def _moto(folder: Path) -> tuple[Server, Any]:
    port = free_port()
    command = [str(peers.environment() / "moto_server"), "-p", str(port)]
    return Server("moto", command, cwd=folder, log=folder / "moto.log"), _client(port)


_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; user root;
events {{}}
http {{
  access_log off; sendfile on; keepalive_requests 1000000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def _nginx(folder: Path, bodies: Mapping[str, bytes]) -> tuple[Server, dict[str, Canned]]:
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise RuntimeError("nginx is not there (Debian package nginx-light)")
    folder.chmod(0o755)
    port, files = free_port(), _made(folder / "files")
    for name, body in bodies.items():
        (files / _key(name)).write_bytes(body)
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port))
    server = Server("nginx", [program, "-c", str(config)], log=folder / "nginx.log")
    return server, {name: Canned(f"http://127.0.0.1:{port}/{_key(name)}", method="GET") for name in bodies}


def _key(name: str) -> str:
    return name.replace(" ", "")


def _fill(clients: Clients, bodies: Mapping[str, bytes]) -> None:
    """Put the objects that are read, and the keys that are listed."""
    for _, client in clients.values():
        client.create_bucket(Bucket=_BUCKET)
        client.create_bucket(Bucket="list")
        for name, body in bodies.items():
            client.put_object(Bucket=_BUCKET, Key=_key(name), Body=body)
        for number in range(_LISTED):
            client.put_object(Bucket="list", Key=f"pre/{number // 100:03d}/{number:06d}", Body=b"x")


# rows ------------------------------------------------------------------------------------------------------------


# rclone and moto refuse some uploads of a key that is being uploaded; only what succeeds counts.
_MOST_ERRORS = 0.5


def _caller(server: Server, client: Any, call: Callable[[Any], Any]) -> Contestant:
    return lambda number, seconds: drive(server, canned(client, call), number, seconds, _MOST_ERRORS)


def _reads(
    clients: Clients, limit: Server, urls: Mapping[str, Canned], seconds: float, rounds: int
) -> list[Line]:
    lines: list[Line] = []
    for name, number in (("1 KB", 16), ("1 MB", 4), ("64 MB", 2)):
        contestants = {
            who: _caller(server, client, lambda c, name=name: c.get_object(Bucket=_BUCKET, Key=_key(name)))
            for who, (server, client) in clients.items()
        }

        def nginx(clients: int, seconds: float, name: str = name) -> Figures:
            return drive(limit, urls[name], clients, seconds)

        found = take_turns({**contestants, "limit": nginx}, (number,), seconds, rounds)
        row, goal = (3, Goal("more", 1.8)) if name == "1 KB" else (4, Goal("more", 2, 0.8))
        lines += _both(found, row, f"GET {name}, {number} clients", number, goal, Goal("less", None, 5))
    return lines


def _writes(clients: Clients, bodies: Mapping[str, bytes], seconds: float, rounds: int) -> list[Line]:
    lines: list[Line] = []
    for name, number, row, goal in (
        ("1 KB", 1, 5, Goal("more", 1.2)),
        ("1 KB", 16, 5, Goal("more", 3)),
        ("1 MB", 4, 6, Goal("more", 1.25)),
    ):
        body = bodies[name]
        contestants = {
            who: _caller(
                server, client, lambda c, body=body: c.put_object(Bucket=_BUCKET, Key="w", Body=body)
            )
            for who, (server, client) in clients.items()
        }
        found = take_turns(contestants, (number,), seconds, rounds)
        lines += _both(found, row, f"PUT {name}, {number} clients", number, goal, Goal("less"))
    return lines


def _both(found: Found, row: int, work: str, clients: int, rate: Goal, cpu: Goal) -> list[Line]:
    """Six lines: requests a second and CPU, as it comes, without encryption, and so with two gateways."""
    made = []
    for name, how in (("ours", "encrypted"), ("plain", "plain"), ("two", "plain, two gateways")):
        for figure, unit, goal in (("rps", "req/s", rate), ("cpu", "us/req", cpu)):
            rivals = {who: found.of(who, clients, figure) for who in ("rclone", "moto")}
            limit = found.of("limit", clients, figure) if found.has("limit") else None
            word = ", CPU" if figure == "cpu" else ""
            ours = found.of(name, clients, figure)
            made.append(Line(row, f"{work}{word}, {how}", unit, goal, ours, rivals, limit))
    return made


def _multipart(clients: Clients, body: bytes, rounds: int) -> list[Line]:
    """Seconds of an upload of 64 MB in parts of 8 MB by boto3."""
    seconds: dict[str, list[float]] = {name: [] for name in clients}
    for turn in range(rounds + 1):
        for name, (_, client) in clients.items():
            began = time.perf_counter()
            client.upload_fileobj(io.BytesIO(body), _BUCKET, "parts", Config=_PARTS)
            if turn:
                seconds[name].append(time.perf_counter() - began)
    rivals = {name: median(seconds[name]) for name in ("rclone", "moto")}
    return [
        Line(6, f"multipart 64 MB by boto3, {how}", "s", Goal("less", 0.7), median(seconds[name]), rivals)
        for name, how in (("ours", "encrypted"), ("plain", "plain"))
    ]


def _listing(clients: Clients, seconds: float, rounds: int) -> list[Line]:
    contestants = {
        who: _caller(server, client, lambda c: c.list_objects_v2(Bucket="list", MaxKeys=1000))
        for who, (server, client) in clients.items()
    }
    found = take_turns(contestants, (1,), seconds, rounds)
    rivals = {who: found.of(who, 1, "p50") for who in ("rclone", "moto")}
    cpu = {who: found.of(who, 1, "cpu") for who in ("rclone", "moto")}
    return [
        Line(7, "LIST 1,000 of 10,000", "us", Goal("less", 0.2), found.of("ours", 1, "p50"), rivals),
        Line(7, "LIST 1,000 of 10,000, CPU", "us/req", Goal("less"), found.of("ours", 1, "cpu"), cpu),
    ]
