"""The partition of a platform's ARNs and the regions that it answers for. Determined at every start.

A home keeps its partition: otherwise the ARNs that it stores would name things that do not exist.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from clary.server.accounts import stored_partition
from clary.server.home import Home, read_json, write_private
from clary.server.options import Options
from clary.store.api import Store
from clary.wire import partitions, regions


class Misplaced(Exception):
    """A platform cannot have the requested partition or regions."""


@dataclass(frozen=True, slots=True)
class Location:
    """A partition and those of its regions that the platform answers for."""

    partition: str
    regions: frozenset[str]


def settle(home: Home, options: Options, store: Store) -> Location:
    """Return the location; write it down for the command line, with where the records are. Raise Misplaced if
    it is invalid."""
    found = _checked(options, _known_partition(home, store))
    records = "postgresql" if options.store else "sqlite"
    document = {"partition": found.partition, "regions": sorted(found.regions), "records": records}
    if document != read_json(home.location):
        write_private(home.location, json.dumps(document, indent=2) + "\n")
    return found


def _known_partition(home: Home, store: Store) -> str | None:
    """Return the partition that the home or the database was made for. A home from before there were others
    is in `aws`."""
    with store.read() as tx:
        stored = stored_partition(tx)
    known = read_json(home.location) or ({"partition": "aws"} if home.identity.exists() else {})
    return stored or known.get("partition")


def _checked(options: Options, known: str | None) -> Location:
    partition = options.partition or known or "aws"
    if partition not in partitions():
        raise Misplaced(f"CLARY_PARTITION must be one of {', '.join(partitions())}, not {partition!r}")
    if known and partition != known:
        raise Misplaced(
            f"the ARNs of this home are of the partition {known}, and CLARY_PARTITION is {partition!r}; "
            "another partition needs a home (or database) of its own"
        )
    own = regions(partition)
    strange = sorted(set(options.regions) - own)
    if strange:
        raise Misplaced(
            f"CLARY_REGIONS names {strange[0]!r}, which is not a region of the partition {partition}"
        )
    return Location(partition, frozenset(options.regions) or own)
