"""`clary events`: print changes of the platform's records line by line, and follow them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from clary.cli.feed_reader import Event, FeedReader
from clary.cli.home import home_at
from clary.kernel.text import printable


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("events", help="print changes of jobs, endpoints and other records")
    parser.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    parser.add_argument("--follow", action="store_true", help="keep printing new changes until Ctrl-C")
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="SERVICE:NOUN",
        help="only this kind, such as sagemaker:TrainingJob; may be repeated",
    )
    parser.add_argument(
        "--since",
        type=change_number,
        metavar="NUMBER",
        help="only changes after this number (default: all; with --follow, only new ones)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(command=command)


def change_number(text: str) -> int:
    """Parse the number of a change, or 0. Raise ArgumentTypeError if it is invalid."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a change")
    return int(text)


def command(args: argparse.Namespace) -> int:
    """Print the events; notices go to standard error."""
    reader = FeedReader(home_at(args.home), args.kind, _say)
    for event in _wanted(reader, args.since, args.follow):
        print(json.dumps(event) if args.json else line_of(event), flush=True)
    return 0


def _wanted(reader: FeedReader, since: int | None, follow: bool) -> Iterator[Event]:
    if follow:
        return reader.follow(reader.newest() if since is None else since)
    return reader.events(since or 0)


def _say(text: str) -> None:
    print(f"clary: {text}", file=sys.stderr, flush=True)


def line_of(event: Event) -> str:
    """Return number, time, kind, ARN (or id) and what changed, on one line."""
    moment = datetime.fromtimestamp(event["at"]).isoformat(" ", "seconds")
    text = f"{event['number']}  {moment}  {event['kind']}  {event['arn'] or event['id']}  {said_of(event)}"
    return printable(text)


def said_of(event: Event) -> str:
    """Return what changed as `old → new`, or the event's own word if it does not say."""
    view = event["view"]
    if view.keys() != {"old", "new"} or not any(view.values()):
        return event["what"]
    old, new = _flat(view["old"]), _flat(view["new"])
    if not view["old"] or not view["new"]:
        facts = [
            _fact(name, _text(value)) for name, value in (new if view["new"] else old).items() if value != ""
        ]
        return " ".join([event["what"], ", ".join(facts)]).strip()
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return ", ".join(_fact(name, _difference(old.get(name), new.get(name))) for name in names)


def _difference(old: Any, new: Any) -> str:
    """Return what was before → what is now; of a history that has grown, what came to it."""
    if isinstance(old, list) and isinstance(new, list) and len(new) > len(old):
        return f"+ {_text(new[len(old) :])}"
    return f"{_text(old)} → {_text(new)}"


def _flat(view: dict[str, Any] | None) -> dict[str, Any]:
    """Return what was observed by name: the status first, then members and tags."""
    view = view or {}
    flat = {"status": view.get("status", "")}
    flat.update(view.get("members", {}))
    flat.update({f"tag {key}": value for key, value in view.get("tags", {}).items()})
    return flat


def _fact(name: str, text: str) -> str:
    return text if name == "status" else f"{name}: {text}"


def _text(value: Any) -> str:
    if value is None or value == "":
        return "(none)"
    if isinstance(value, list) and all(isinstance(one, dict) and "Status" in one for one in value):
        return ", ".join(one["Status"] for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
