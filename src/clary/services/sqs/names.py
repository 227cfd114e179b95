"""Names, URLs and ARNs of queues, and their records. Knows no operation.

A queue's URL is `SCHEME://HOST/ACCOUNT/NAME`. The host is the one that the client spoke to, and in a request any host is
accepted: the endpoint may have several names.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from clary.kernel import Arn
from clary.plane import Context, Key, Noun, Record, States
from clary.services.sqs.errors import bad_address, invalid, no_queue
from clary.services.sqs.service import sqs
from clary.store.api import Tx

Params = dict[str, Any]

QUEUE = sqs.declare(
    Noun("Queue", arn="{QueueName}", key=Key("QueueName"), states=States("Status", start="Active"))
)
sqs.observe("Queue", "LastModified", tags=True)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_FIFO = ".fifo"


class Place(NamedTuple):
    """Where a queue is: what its URL says."""

    account: str
    region: str
    name: str

    @property
    def scope(self) -> str:
        return f"{self.account}/{self.region}"

    def arn(self, partition: str) -> str:
        return f"arn:{partition}:sqs:{self.region}:{self.account}:{self.name}"


def check_name(name: str, fifo: bool) -> None:
    """Raise InvalidParameterValue for what is no name of such a queue (CreateQueue, API reference)."""
    stem = name.removesuffix(_FIFO) if fifo else name
    if fifo and (not name.endswith(_FIFO) or len(name) > 80 or not _NAME.fullmatch(stem)):
        raise invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with"
            " .fifo suffix and be 1 to 80 in length."
        )
    if not _NAME.fullmatch(stem):
        raise invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.")


def place_of(ctx: Context, params: Params) -> Place:
    """Return the place that a request's QueueUrl names. Raise InvalidAddress."""
    url = params["QueueUrl"]
    parts = urlsplit(url).path.strip("/").split("/") if "://" in url or url.startswith("/") else []
    if len(parts) < 2 or not _ACCOUNT.fullmatch(parts[-2]) or not parts[-1]:
        raise bad_address(url)
    return Place(parts[-2], ctx.region, parts[-1])


def place_of_arn(arn: str) -> Place | None:
    """Return the place that an ARN names, None for what is no ARN of a queue."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        return None
    if parsed.service != "sqs" or not parsed.resource or not parsed.account:
        return None
    return Place(parsed.account, parsed.region, parsed.resource)


def target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN that a request for a queue is authorised for."""
    return [place_of(ctx, params).arn(ctx.partition)]


def find(tx: Tx, place: Place) -> Record | None:
    return tx.get(QUEUE.kind, place.scope, place.name)


def load(ctx: Context, params: Params) -> Record:
    """Return the queue of a request, in its transaction. Raise QueueDoesNotExist."""
    found = find(ctx.tx, place_of(ctx, params))
    if found is None:
        raise no_queue()
    return found


def url_of(ctx: Context, record: Record) -> str:
    """Return the URL of a queue, at the host that the client spoke to."""
    account = record.scope.partition("/")[0]
    if ctx.request is None or not (host := ctx.request.headers.get("host", "")):
        return f"{ctx.platform.settings.endpoint.rstrip('/')}/{account}/{record.id}"
    return f"{ctx.request.scheme}://{host}/{account}/{record.id}"


def is_fifo(name: str) -> bool:
    return name.endswith(_FIFO)
