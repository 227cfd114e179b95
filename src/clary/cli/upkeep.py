"""What is said of the upkeep of a platform's bytes: how far the scrubs are, what they found, what the sweep deleted.

Asks the platform, or reads its store where it is not running.
"""

from __future__ import annotations

from typing import Any

from clary.cli.home import Home
from clary.cli.local_api import ask, is_healthy
from clary.cli.offline_server import query_server
from clary.cli.screen import amount

Facts = dict[str, Any]


def facts_of(home: Home) -> Facts:
    """Return the facts of a home, or `why` there are none. Raise CliError."""
    endpoint = home.endpoint()
    if endpoint is not None and is_healthy(endpoint):
        return ask(endpoint, home.identity(), "GET", "/_clary/status")
    return query_server("upkeep", "--home", str(home.path))


def rows(facts: Facts) -> list[tuple[str, str]]:
    """Return what there is to say, each with its name. What an earlier version does not tell is left out."""
    found = [(f"scrub of {service}", _scrub(said)) for service, said in (facts.get("scrubs") or {}).items()]
    return [*found, *_leftovers(facts), *(("damaged", one) for one in damaged(facts))]


def damaged(facts: Facts) -> list[str]:
    """Return a line for each thing that was found damaged, and one for those that are too many."""
    shown = facts.get("damaged") or []
    more = facts.get("damaged_count", 0) - len(shown)
    return [*shown, f"and {more} more; log/gateway.log names each of them"] if more > 0 else shown


def all_well(facts: Facts) -> str:
    """Return what to say where no damage is known."""
    read = any(said["last"] for said in (facts.get("scrubs") or {}).values())
    return "no damaged objects are known" + ("" if read else "; no pass has read all of them yet")


def _scrub(said: Facts) -> str:
    last, current = said["last"], said["current"]
    parts = [f"the last pass ended {last['ended']}, {_read(last)}"] if last else []
    parts += [f"this one began {current['begun']}, {_read(current)} so far"] if current else []
    return "; ".join(parts)


def _read(said: Facts) -> str:
    return f"{amount(said['bytes'])} in {said['things']:,} items"


def _leftovers(facts: Facts) -> list[tuple[str, str]]:
    said = facts.get("leftovers")
    if not said:
        return []
    return [("orphaned data", f"{said['deleted']} deleted {said['at']}, {said['total']} in all")]
