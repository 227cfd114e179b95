"""`clary reproduce MODEL`: run the training of a model again, print what is the same and what is not.

Exit status: 0 where the model is the same or its metrics are, 1 where they differ or cannot be compared.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clary.cli.aws import connect, one_line
from clary.cli.environment import add_identity_options
from clary.cli.reproduce.clients import SERVICES, Clients, Document
from clary.cli.screen import Screen

if TYPE_CHECKING:
    from clary.cli.reproduce.verdict import Pair, Verdict


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
    with one_line():
        return reproduce(Clients(*connect(args, *SERVICES)), args.model, Screen())


def reproduce(clients: Clients, name: str, screen: Screen) -> int:
    """Find the training job of a model, run it again, compare the two. Return the exit status."""
    from clary.cli.reproduce import rerun, subject, verdict

    found = subject.find(clients, name)
    then = rerun.described(clients, found.job)
    screen.line(f"{found.how}: training job {screen.paint(found.job, 'bold')}")
    result = verdict.of(_pair(clients, then, screen))
    _print(result, screen)
    return 0 if result.good else 1


def _pair(clients: Clients, then: Document, screen: Screen) -> Pair:
    """Run a job again; return both with all that is known of them."""
    from clary.cli.reproduce import artefacts, records, rerun, verdict

    before = records.of_job(clients, then)
    now = rerun.run(clients, then, screen)
    after = records.of_job(clients, now, wait=True)
    return verdict.Pair(
        then, now, before, after, artefacts.members(clients, then), artefacts.members(clients, now)
    )


def _print(result: Verdict, screen: Screen) -> None:
    screen.table([("what", "then", "now"), *(tuple(row) for row in result.rows)])
    screen.line(screen.paint(result.sentence, "green" if result.good else "red"))
