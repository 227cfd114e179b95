"""Hosts meeting: their port, and what happens when it is taken. test_train.py tests that they train together."""

from __future__ import annotations

import socket

import pytest

from clary_programs.algorithms.xgboost import cluster
from clary_programs.algorithms.xgboost.cluster import DEFAULT_PORT, port_of, together, wait_for_names
from clary_programs.algorithms.xgboost.errors import AlgorithmError


def test_jobs_on_one_machine_meet_at_ports_of_their_own() -> None:
    assert port_of({}) == DEFAULT_PORT == 9099
    one, other = (port_of({"TRAINING_JOB_NAME": name}) for name in ("job-1", "job-2"))
    assert one != other
    assert 20000 <= one < 32000
    assert one % 2 == 0


def test_a_taken_port_is_a_clear_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "BIND_SECONDS", 0.0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(AlgorithmError, match=f"the tracker cannot listen at 127.0.0.1:{port}"),
            together(["127.0.0.1", "127.0.0.2"], "127.0.0.1", port),
        ):
            pass


def test_a_tracker_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WAIT_SECONDS", 0)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with (
            pytest.raises(AlgorithmError, match="the other hosts cannot be joined"),
            together(["127.0.0.1", "127.0.0.2"], "127.0.0.2", port),
        ):
            pass


def test_names_that_never_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WAIT_SECONDS", 0)
    monkeypatch.setattr(cluster, "_resolves", lambda host: host == "algo-1")
    with pytest.raises(AlgorithmError, match="host algo-2 cannot be resolved"):
        wait_for_names(["algo-1", "algo-2"])
