"""`clary run -- COMMAND`: run a command with the variables of `clary env`, and with AWS's hosts answered by
the platform.

Both versions of the SageMaker SDK call https://sts.REGION.amazonaws.com whatever AWS_ENDPOINT_URL says, so
the command gets a proxy. Setting that for a whole shell would affect other programs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from clary.cli.environment import add_identity_options, in_the_way, variables
from clary.cli.errors import CliError
from clary.cli.home import Home, home_at
from clary.cli.local_api import is_healthy

# Which clients read what: botocore AWS_CA_BUNDLE; requests (and the SDKs) REQUESTS_CA_BUNDLE, pip also
# PIP_CERT; httpx, urllib and OpenSSL's default context SSL_CERT_FILE; curl CURL_CA_BUNDLE; Node.js
# NODE_EXTRA_CA_CERTS. The bundle contains the public roots and the machine's as well. Jobs get the same
# variables (clary_supervisor/layout.py).
BUNDLES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "run",
        help="run one command against the platform",
        usage="clary run [--home HOME] [--account NAME] [--region REGION] -- COMMAND ...",
    )
    add_identity_options(parser)
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="COMMAND", help="the command to run, after --"
    )
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Replace this process by the command; return only if that fails."""
    words = args.words[1:] if args.words[:1] == ["--"] else args.words
    if not words:
        raise CliError("no command given; for example: clary run -- python train.py", 2)
    home = home_at(args.home)
    identity, region = home.identity(args.account), home.location().region(args.region)
    endpoint = home.running()
    if not is_healthy(endpoint):
        raise CliError(home.not_running())
    values = variables(home, identity, endpoint, region, args.account)
    return become(words, environment(os.environ, values, home, endpoint))


def environment(
    environ: Mapping[str, str], values: Mapping[str, str], home: Home, endpoint: str
) -> dict[str, str]:
    """Return the command's environment: the caller's without conflicting variables, plus the platform's."""
    dropped = {*in_the_way(environ), "ALL_PROXY", "all_proxy"}
    kept = {name: value for name, value in environ.items() if name not in dropped}
    address = urlsplit(endpoint)
    proxy = f"http://clary:{home.proxy_token()}@{address.netloc}"
    direct = ",".join(dict.fromkeys(("127.0.0.1", "localhost", "::1", address.hostname or "127.0.0.1")))
    bundle = str(home.ca_bundle)
    return {
        **kept,
        **values,
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), direct),
        **dict.fromkeys(BUNDLES, bundle),
    }


def become(words: list[str], environ: Mapping[str, str]) -> int:
    """Replace this process, so that exit status and signals are the command's. As in a shell, failures are
    126 and 127."""
    sys.stdout.flush()
    try:
        os.execvpe(words[0], words, environ)
    except FileNotFoundError:
        raise CliError(f"{words[0]}: command not found", 127) from None
    except OSError as error:
        raise CliError(f"{words[0]} cannot be run: {error.strerror}", 126) from None
