"""A process that a test kills or races: does one thing with a store until it is told to stop or dies.

python -m tests.store.writer ADDRESS count  NAME TIMES     add one to a record's number, TIMES times
python -m tests.store.writer ADDRESS insert NAME           insert records for ever, printing each id once written
python -m tests.store.writer ADDRESS claim  NAME           claim until nothing is due, printing each id
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count

from clary.store.api import Record, Stale, Store
from clary.store.open import open_store

SCOPE = "111122223333/us-east-1"


def add(store: Store, name: str, times: int) -> None:
    for _ in range(times):
        while True:
            try:
                with store.write() as tx:
                    record = tx.get("Counter", SCOPE, name)
                    assert record is not None
                    tx.update(record.evolve(doc={"Number": record.doc["Number"] + 1}))
                break
            except Stale:
                continue


async def insert(store: Store, name: str) -> None:
    async def one(lane: int) -> None:
        for n in count():
            record = Record("Thing", SCOPE, f"{name}-{lane}-{n}", doc={"Lane": lane, "N": n})
            await store.run(lambda tx, record=record: tx.insert(record), write=True)
            print(record.id, flush=True)

    await asyncio.gather(*(one(lane) for lane in range(4)))


async def claim(store: Store) -> None:
    while claimed := await store.run(
        lambda tx: tx.claim_due(["Job"], now=100.0, lease=60, limit=3), write=True
    ):
        for record in claimed:
            print(record.id, flush=True)


def main(address: str, what: str, name: str, times: str = "0") -> None:
    store = open_store(address)
    print("ready", flush=True)
    sys.stdin.readline()
    if what == "count":
        add(store, name, int(times))
    elif what == "insert":
        asyncio.run(insert(store, name))
    else:
        asyncio.run(claim(store))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
