"""Calls of AWS operations by a command: clients of its platform, and their failures as one line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clary.cli.errors import CliError
from clary.cli.home import home_at


def connect(args: argparse.Namespace, *services: str) -> list[Any]:
    """Return boto3's clients of these services, for the root user of the account that the options name. Raise CliError
    if the platform does not run."""
    from clary.cli.default_role import session_of  # boto3: other commands need not wait for it

    home = home_at(args.home)
    session: Any = session_of(home.identity(args.account), home.location().region(args.region))
    endpoint = home.running()
    return [session.client(service, endpoint_url=endpoint) for service in services]


@contextmanager
def one_line() -> Iterator[None]:
    """Raise a CliError for what a call raises: with the platform's sentence, or why it cannot be reached."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise CliError(message_of(error)) from None
    except BotoCoreError as error:
        raise CliError(str(error)) from None


def code_of(error: Exception) -> str:
    """Return the code of a ClientError."""
    return getattr(error, "response", {}).get("Error", {}).get("Code", "")


def message_of(error: Exception) -> str:
    """Return the platform's sentence in a ClientError."""
    return getattr(error, "response", {}).get("Error", {}).get("Message", "") or str(error)
