"""`clary reproduce MODEL`: run the training of a model again, print what is the same and what is not.

Exit status: 0 where the model is the same or its metrics are, 1 where they differ or cannot be compared.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clary.cli.environment import add_identity_options
from clary.cli.errors import CliError
from clary.cli.home import home_at, up_command
from clary.cli.screen import Screen

if TYPE_CHECKING:
    from clary.cli.reproduce.clients import Clients


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("reproduce", help="train a model again and say whether it is the same")
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a model, training or tuning job, execution of a pipeline, model package or endpoint: its name or its ARN",
    )
    add_identity_options(parser)
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Reproduce a model and print the table. Return 0 if it is the same or as good, 1 if not."""
    return reproduce(_clients(args), args.model, Screen())


def _clients(args: argparse.Namespace) -> Clients:
    from clary.cli.reproduce.clients import clients_of  # boto3: other commands need not wait for it

    home = home_at(args.home)
    identity, region = home.identity(args.account), home.location().region(args.region)
    endpoint = home.endpoint()
    if endpoint is None:
        raise CliError(f"the platform of {home.path} is not running; start it with: {up_command(home.path)}")
    return clients_of(identity, endpoint, region)


def reproduce(clients: Clients, name: str, screen: Screen) -> int:
    """Find the training job of a model, run it again, compare the two."""
    from clary.cli.reproduce import artefacts, records, rerun, subject, verdict

    found = subject.find(clients, name)
    then = rerun.described(clients, found.job)
    screen.line(f"{found.how}: training job {screen.paint(found.job, 'bold')}")
    before = records.of_job(clients, then)
    now = rerun.run(clients, then, screen)
    pair = verdict.Pair(
        then,
        now,
        before,
        records.of_job(clients, now, wait=True),
        artefacts.members(clients, then),
        artefacts.members(clients, now),
    )
    result = verdict.of(pair)
    screen.table([("what", "then", "now"), *(tuple(row) for row in result.rows)])
    screen.line(screen.paint(result.sentence, "green" if result.good else "red"))
    return 0 if result.good else 1
