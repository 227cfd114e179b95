"""`python -m clary.server DUTY --home DIR`: the processes of a platform. Started by the warden, not by users.

`coverage` and `doctor` are answered as JSON, without a home; the command line asks them so.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial

import uvloop

from clary.plane import Platform
from clary.server.assemble import Options, assemble, proxy_token
from clary.server.authority import Authority
from clary.server.bell import drain, hang
from clary.server.front import Front
from clary.server.gateway import Gateway
from clary.server.home import Home, write_private
from clary.server.http import HttpServer
from clary.server.listener import inherited, listen
from clary.server.local import LocalApi
from clary.server.loop import Controllers
from clary.server.questions import QUESTIONS
from clary.server.warden import CANNOT_GO_ON, AlreadyUp, Warden, guard, take_duty
from clary.store.api import Incompatible
from clary.wire import Router

log = logging.getLogger("clary")


def main(argv: Sequence[str] | None = None) -> int:
    """Do one duty until told to stop."""
    given = list(sys.argv[1:] if argv is None else argv)
    args = parse(given)
    if args.duty in QUESTIONS:
        print(json.dumps(QUESTIONS[args.duty]()))
        return 0
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    os.umask(0o077)  # nothing that we write is for others
    home = Home.at(args.home)
    words = options_as_words(args)
    try:
        if args.duty == "warden":
            return Warden(home, words, partial(listen, args.host, args.port)).run()
        take_duty(home, args.duty, words)
    except AlreadyUp:
        return 3
    guard(home)
    try:
        if args.duty == "gateway":
            gateway(home, options_of(args), args.listen_fd)
        else:
            controllers(home, options_of(args))
    except Incompatible as error:
        log.critical("%s", error)
        return CANNOT_GO_ON
    return 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m clary.server")
    parser.add_argument("duty", choices=("warden", "gateway", "controllers", *QUESTIONS))
    parser.add_argument("--home", required=not set(argv) & set(QUESTIONS))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--allow-reset", action="store_true")
    parser.add_argument("--listen-fd", type=int, help="the gateway's socket, where it is inherited")
    return parser.parse_args(argv)


def options_as_words(args: argparse.Namespace) -> list[str]:
    words = ["--host", args.host, "--port", str(args.port)]
    return [*words, "--allow-reset"] if args.allow_reset else words


def options_of(args: argparse.Namespace) -> Options:
    """The command line and the environment as one value; the only place that reads CLARY_ variables."""
    return Options(
        host=args.host,
        port=args.port,
        allow_reset=args.allow_reset,
        store=os.environ.get("CLARY_STORE", ""),
        account=os.environ.get("CLARY_ROOT_ACCOUNT", ""),
        access_key_id=os.environ.get("CLARY_ROOT_ACCESS_KEY_ID", ""),
        secret_access_key=os.environ.get("CLARY_ROOT_SECRET_ACCESS_KEY", ""),
        synchronous="FULL" if os.environ.get("CLARY_SYNCHRONOUS", "").upper() == "FULL" else "NORMAL",
    )


def gateway(home: Home, options: Options, listen_fd: int | None) -> None:
    """Answer HTTP until TERM."""
    listener = listen(options.host, options.port) if listen_fd is None else inherited(listen_fd)
    platform = assemble(home, options)
    uvloop.run(serve(platform, home, options, listener))


async def serve(platform: Platform, home: Home, options: Options, listener: socket.socket) -> None:
    """Serve on one port until TERM or INT; requests under way are finished."""
    router = Router([service.model for service in platform.services.values()])
    gateway = Gateway(platform, router, LocalApi(platform, home, options))
    server = HttpServer(gateway.answer)
    ticker = asyncio.create_task(server.keep_time())
    platform.extras["bell"] = hang_bell(home.bell("gateway"))
    background = [
        asyncio.create_task(work(platform))
        for service in platform.services.values()
        for work in service.background_work
    ]
    front = Front(listener, server.protocol, Authority(home.ca).server_context(), proxy_token(home))
    front.open()
    write_private(home.address, json.dumps({"endpoint": options.endpoint, "pid": os.getpid()}))
    log.info("listening on %s", options.endpoint)
    # What exists now lives as long as the process: keep the collector from walking it again and again.
    gc.collect()
    gc.freeze()
    await told_to_stop()
    front.close()
    await server.close(grace=8)
    for task in (ticker, *background):
        task.cancel()
    await asyncio.gather(ticker, *background, return_exceptions=True)
    platform.store.close()


def hang_bell(path: str) -> asyncio.Event:
    """An event that is set whenever somebody sends a datagram to `path`."""
    bell, event = hang(path), asyncio.Event()

    def rung() -> None:
        drain(bell)
        event.set()

    asyncio.get_running_loop().add_reader(bell.fileno(), rung)
    return event


async def told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def controllers(home: Home, options: Options) -> None:
    """Move records along until TERM."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    platform = assemble(home, options)
    Controllers(platform, home.bell("controllers")).run(lambda: stopping)
    platform.store.close()


if __name__ == "__main__":
    raise SystemExit(main())
