"""What every Store promises to several processes at once."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from clary.store.api import Query, Record, Store
from tests.conformance.stores.entries import REPO, Process, job, names, put
from tests.support.stores import HERE, Backend


class TestProcesses:
    def test_compare_and_set_between_processes(self, store: Store, backend: Backend) -> None:
        put(store, Record("Counter", HERE, "c", doc={"Number": 0}))
        both = [Process(backend.address, "count", "c", "100") for _ in range(2)]
        for process in both:
            process.go()
        for process in both:
            assert process.rest() == []
        with store.read() as tx:
            counter = tx.get("Counter", HERE, "c")
        assert counter is not None
        assert (counter.doc, counter.version) == ({"Number": 200}, 201)

    def test_two_processes_make_the_tables_at_once(self, backend: Backend) -> None:
        both = [Process.__new__(Process) for _ in range(2)]
        for process in both:
            process._child = subprocess.Popen(
                [sys.executable, "-m", "tests.store.writer", backend.address, "claim", "x"],
                cwd=REPO,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        for process in both:
            assert process.line() == "ready"
            process.go()
            assert process.rest() == []

    @pytest.mark.recovery
    def test_every_acknowledged_write_outlives_kill_9(self, store: Store, backend: Backend) -> None:
        """Killed at random moments; what it had said was written is there, whole, and others can go on writing."""
        chance = random.Random(9)
        acknowledged: set[str] = set()
        for round in range(5):
            process = Process(backend.address, "insert", f"r{round}")
            process.go()
            told = [process.line() for _ in range(chance.randrange(1, 400))]
            acknowledged.update(told, process.kill())
            put(store, job(f"after-{round}"))
        with store.read() as tx:
            found = {r.id: r for r in tx.list("Thing", HERE, Query(limit=100_000))}
        assert acknowledged <= found.keys()
        assert all(r.id.endswith(f"-{r.doc['Lane']}-{r.doc['N']}") for r in found.values())
        assert len(names(store)) == 5
