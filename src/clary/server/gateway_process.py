"""The process of the gateway: serve one port until TERM."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import socket
from functools import cache

import uvloop

from clary.plane import Platform
from clary.plane.signals import Signals
from clary.server.assemble import assemble, proxy_token
from clary.server.authority import Authority
from clary.server.background import Background
from clary.server.counts import CountKeeper
from clary.server.gateway import Gateway
from clary.server.heartbeat import Heart
from clary.server.home import Home, write_private
from clary.server.http.listener import Listener
from clary.server.http.sockets import inherited, listen
from clary.server.local_api import LocalApi
from clary.server.memory import keep_freed
from clary.server.moves import keep_up
from clary.server.options import Options
from clary.server.proxy_passwords import ProxyPasswords
from clary.server.routing import router_over
from clary.server.slow_turns import server_of
from clary.server.wakeup import bind, drain

log = logging.getLogger("clary")

_FIRST = "gateway"  # which also does what only one process may do


def gateway(home: Home, options: Options, listen_fd: int | None, name: str = _FIRST) -> None:
    """Answer HTTP until TERM. `name` tells this gateway from others of the same home (options.gateways)."""
    shared = options.gateways > 1
    listener = (
        listen(options.host, options.port, shared=shared) if listen_fd is None else inherited(listen_fd)
    )
    platform = assemble(home, options)
    keep_freed()
    uvloop.run(serve(platform, home, options, listener, name))


async def serve(
    platform: Platform, home: Home, options: Options, listener: socket.socket, name: str = _FIRST
) -> None:
    """Serve one port until TERM or INT. Finish requests in progress; those that wait for signals end at once."""
    router = router_over(platform.registry, ("localhost", *options.host_names))
    gateway = Gateway(platform, router, LocalApi(platform, home, options))
    server = server_of(gateway.answer, options.slow_turns)
    ticker = asyncio.create_task(server.keep_time())
    heart = asyncio.create_task(Heart(home, name).on_loop())
    platform.use_loop(asyncio.get_running_loop())
    listen_for(platform.signals, home.bell(name))
    clock = asyncio.create_task(keep_up(platform))
    background = Background(platform, first=name == _FIRST, others=options.gateways > 1)
    await background.begin()
    counts = CountKeeper(platform)
    # Made for the first connection that is encrypted: OpenSSL keeps half a megabyte for it.
    sealer = platform.settings.sealing_key
    tls = cache(lambda: Authority(home.ca, options.host_names, sealer).server_context())
    outbound = platform.extras["outbound"]
    accepting = Listener(
        listener, server.protocol, tls, ProxyPasswords(platform, proxy_token(home, sealer)), outbound
    )
    accepting.open()
    if name == _FIRST:
        write_private(home.address, json.dumps({"endpoint": options.endpoint, "pid": os.getpid()}))
    log.info("listening on %s", options.endpoint)
    # What exists now lives as long as the process: exclude it from garbage collection.
    gc.collect()
    gc.freeze()
    await told_to_stop()
    accepting.close()
    platform.signals.close()  # long polls answer with what they have
    await server.close(grace=8)
    for task in (ticker, heart, clock):
        task.cancel()
    await asyncio.gather(ticker, heart, clock, background.end(), return_exceptions=True)
    await asyncio.to_thread(counts.close)
    platform.close()


def listen_for(signals: Signals, path: str) -> None:
    """Receive what other processes notify at the socket `path`."""
    bell = bind(path)

    def rung() -> None:
        for ring in drain(bell):
            signals.heard(ring)

    asyncio.get_running_loop().add_reader(bell.fileno(), rung)


async def told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
