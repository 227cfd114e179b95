"""`clary report NAME`: write what became of something as one page of HTML, which needs no server and no network."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clary.cli.aws import connect, one_line
from clary.cli.environment import add_identity_options
from clary.cli.errors import CliError
from clary.cli.report.clients import SERVICES, Clients
from clary.cli.report.files import file_name

if TYPE_CHECKING:
    from clary.cli.report.subject import Subject


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("report", help="write a page about a job, experiment, pipeline or model")
    parser.add_argument(
        "name",
        metavar="NAME",
        help="the name or ARN of a tuning, processing or training job, a pipeline, experiment, trial or model package; "
        "or an s3:// URI of evaluation results",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write it (default: report-NAME.html)"
    )
    add_identity_options(parser)
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Write the page and print its path."""
    clients = Clients(*connect(args, *SERVICES))
    target = args.out or Path(file_name(args.name))
    text = report(clients, args.name)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CliError(f"{target} cannot be written: {error.strerror}") from None
    print(target)
    return 0


def report(clients: Clients, name: str) -> str:
    """Return the page about a name. Raise CliError with the platform's sentence."""
    from clary.cli.report.subject import find

    with one_line():
        subject = find(clients, name)
        return _writer(subject.kind)(clients, subject)


def _writer(kind: str) -> Callable[[Clients, Subject], str]:
    from clary.cli.report import experiment, package, pipeline, processing, training, tuning

    return {
        "hyper-parameter-tuning-job": tuning.written,
        "processing-job": processing.written,
        "pipeline": pipeline.written,
        "pipeline-execution": pipeline.written_of_execution,
        "experiment": experiment.written,
        "experiment-trial": experiment.written_of_trial,
        "training-job": training.written,
        "model-package": package.written,
        "model-package-group": package.written_of_group,
        "s3": processing.written_of_results,
    }[kind]
