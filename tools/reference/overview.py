"""The pages over all services: docs/reference/services/README.md and docs/explanation/what-is-not-there.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import botocore
from tools.reference import facts
from tools.reference.markdown import MADE, table
from tools.reference.written import written

from clary.plane import Service

COUNTED = "Counted with botocore "
_SHOWN = 12  # nouns of a service in the index

_INDEX = """\
# Services

{made}
Every service with what of it is there: operations, members that are acted on, limits, statuses, errors, permissions, what differs from
AWS. {counted}{version}: AWS adds operations every month. `clary coverage` counts with the botocore that is installed.

{rows}
What is not there is refused by name; [what is not there](../../explanation/what-is-not-there.md) has the larger things with what to do
meanwhile. [Errors and limits](../errors-and-limits.md) has what all services share.
"""

_ABSENT = """\
# What is not there

{made}
What is missing is refused by name; no call succeeds that did nothing. This page says what you get instead of it, and what to do meanwhile.
The [page of each service](../reference/services/README.md) and `clary coverage` are exact, operation by operation.
{sections}
## Other services

What is no service here (EventBridge Scheduler and Pipes, Kinesis, DynamoDB, Glue, Athena …) is refused by its name in its own
protocol: `NotImplemented: Clary does not implement the service dynamodb.`

## Accepted without an effect

A few members of requests are accepted without an effect, because there is nothing on one machine that they could change; the page of each
service lists them with the reasons. The ones that matter: KMS keys of volumes (volumes are not encrypted), VPC configurations (there is no
virtual network), spot training (it is never interrupted, and nobody bills).

## The machine

**There is one machine.** Instances are shares of it, several hosts of a job are processes on it, and no setting makes it two.

**Linux only.** Processes, locks and sandboxes are Linux's. macOS and Windows need a virtual machine or WSL 2; neither was tried.
"""


def index(services: Mapping[str, Service]) -> str:
    """Return the table of services."""
    head = ("service", "operations", "share", "nouns")
    rows = table(head, (_row(service) for _, service in sorted(services.items())))
    return _INDEX.format(made=MADE, counted=COUNTED, version=botocore.__version__, rows=rows)


def _row(service: Service) -> tuple[str, ...]:
    there, every = len(facts.answered(service)), len(service.model.operations)
    link = f"[{service.name}]({service.name}.md)"
    return (link, f"{there} of {every}", f"{100 * there / every:.0f} %", _some(sorted(service.nouns)))


def _some(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def absent(services: Mapping[str, Service]) -> str:
    """Return the page of all that is not there."""
    sections = "".join(_sections(services))
    return _ABSENT.format(made=MADE, sections=sections)


def _sections(services: Mapping[str, Service]) -> Iterator[str]:
    for name, service in sorted(services.items()):
        if rows := written(name).absent:
            title = service.model.metadata["serviceFullName"]
            yield f"\n## {title}\n\n{table(('you want', 'you get', 'meanwhile'), rows)}"
