"""`python -m clary.server DUTY --home DIR`: the processes of a platform, started by the warden, not by users.

`coverage`, `doctor`, `regions` and `upkeep` print JSON and need no running platform; `backup` and `restore` take `--file`. The
command line runs these and `rotate-sealing-key`. Each duty imports only what it needs. The workers are forks of the warden
(warden.py).
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Literal

from clary.runs import title
from clary.server.command_line import QUESTIONS, TASKS, CommandLine, options_of_workers, parse
from clary.server.duties import AlreadyUp, take_duty
from clary.server.forks import Forked
from clary.server.home import Home
from clary.server.http.sockets import listen
from clary.server.options import Options, gateways
from clary.server.warden import CANNOT_GO_ON, Warden, guard

log = logging.getLogger("clary")


def main(argv: Sequence[str] | None = None) -> int:
    """Do one duty until told to stop; return the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    args = parse(given)
    if args.duty in QUESTIONS:
        return answer(args.duty, args.home or None)
    if args.duty in TASKS:
        return task(args)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    os.umask(0o077)  # so that others can read nothing that this process writes
    try:
        return do(args, Home.found(args.home))
    except FileNotFoundError:
        if os.path.exists(args.home):
            raise
        log.critical("there is no home at %s", args.home)
        return CANNOT_GO_ON


def do(args: CommandLine, home: Home) -> int:
    """Do a duty as the only process of this home with that duty; return 3 if there is one already."""
    words = options_of_workers(args)
    try:
        if args.duty == "warden":
            listening = partial(listen, args.host, args.port, shared=args.gateways > 1)
            names = (*gateways(args.gateways), "controllers")
            return Warden(home, words, listening, partial(_prepare, args, home), names).run()
        take_duty(home, args.duty, words)
    except AlreadyUp:
        return 3
    except Forked as worker:
        own = [worker.name, "--home", str(home.path), *worker.words]
    else:
        guard(home)
        return work(args, home)
    # The warden's title is too short for a worker's longer name, so the interpreter's path makes room for it.
    title.write(["python", "-m", "clary.server", *own], kept=0)
    return do(parse(own), home)


def _prepare(args: CommandLine, home: Home) -> None:
    from clary.server.prepare import prepare

    prepare(home, options_of(args))


def answer(question: str, home: str | None) -> int:
    """Print the answer to a question as JSON. `home` is the folder that it is about, which need not exist."""
    from clary.server.offline_queries import QUESTIONS

    print(json.dumps(QUESTIONS[question](home)))
    return 0


def task(args: CommandLine) -> int:
    """Back up a home into a file or restore it from one, whether the platform is running or not; or replace its sealing
    key."""
    from clary.server.offline_tasks import carry_out

    os.umask(0o077)
    return carry_out(args.duty, args.home, args.file, options_of(args))


def work(args: CommandLine, home: Home) -> int:
    """Do a worker's duty.

    Return CANNOT_GO_ON if the home was made by another version or for another partition, if its sealing key is missing
    or another one, or if limits are malformed.
    """
    from clary.plane.throttling import BadLimits
    from clary.server.location import Misplaced
    from clary.server.sealed_store import WrongSealingKey
    from clary.store.api import Incompatible

    try:
        if args.duty == "controllers":
            from clary.server.controllers_process import controllers

            controllers(home, options_of(args))
        else:
            from clary.server.gateway_process import gateway

            gateway(home, options_of(args), args.listen_fd, args.duty)
    except (Incompatible, Misplaced, BadLimits, WrongSealingKey) as error:
        log.critical("%s", error)
        return CANNOT_GO_ON
    return 0


def options_of(args: CommandLine) -> Options:
    """Return the options in the command line and the environment; only this function reads CLARY_ variables."""
    return Options(
        host=args.host,
        port=args.port,
        allow_reset=args.allow_reset,
        gateways=args.gateways,
        store=os.environ.get("CLARY_STORE", ""),
        account=os.environ.get("CLARY_ROOT_ACCOUNT", ""),
        access_key_id=os.environ.get("CLARY_ROOT_ACCESS_KEY_ID", ""),
        secret_access_key=os.environ.get("CLARY_ROOT_SECRET_ACCESS_KEY", ""),
        synchronous="FULL" if os.environ.get("CLARY_SYNCHRONOUS", "").upper() == "FULL" else "NORMAL",
        partition=os.environ.get("CLARY_PARTITION", ""),
        regions=_listed("CLARY_REGIONS"),
        host_names=_listed("CLARY_HOST_NAMES"),
        outbound_allow=_listed("CLARY_OUTBOUND_ALLOW"),
        throttle=os.environ.get("CLARY_THROTTLE", ""),
        s3_signature_v2=_version_2(os.environ.get("CLARY_S3_SIGNATURE_V2", "")),
        s3_encryption=_encryption(os.environ.get("CLARY_S3_ENCRYPTION", "")),
        slow_turns=_seconds("CLARY_SLOW_TURNS"),
        sealing_key=os.environ.get("CLARY_SEALING_KEY", ""),
        sealing_key_command=os.environ.get("CLARY_SEALING_KEY_COMMAND", ""),
        new_sealing_key=os.environ.get("CLARY_NEW_SEALING_KEY", ""),
        new_sealing_key_command=os.environ.get("CLARY_NEW_SEALING_KEY_COMMAND", ""),
    )


def _listed(name: str) -> tuple[str, ...]:
    """Return the words of a variable, separated by commas or white space."""
    return tuple(os.environ.get(name, "").replace(",", " ").split())


def _seconds(name: str) -> float:
    """Return the number in a variable; 0 without one. What is no number is logged."""
    text = os.environ.get(name, "")
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        log.error("%s is %r, not a number of seconds: not used", name, text)
        return 0.0


def _version_2(text: str) -> Literal["off", "presigned", "on"]:
    """Return the setting for Signature Version 2. An unknown word turns it off and is logged."""
    match text.strip().lower():
        case "" | "presigned":
            return "presigned"
        case "on":
            return "on"
        case "off":
            return "off"
    log.error("CLARY_S3_SIGNATURE_V2 is %r, not off, presigned or on: taken for off", text)
    return "off"


def _encryption(text: str) -> Literal["on", "off"]:
    """Return whether S3 encrypts by itself. An unknown word is logged, and leaves it on."""
    word = text.strip().lower()
    if word not in ("", "on", "off"):
        log.error("CLARY_S3_ENCRYPTION is %r, not on or off: taken for on", text)
    return "off" if word == "off" else "on"


if __name__ == "__main__":
    raise SystemExit(main())
