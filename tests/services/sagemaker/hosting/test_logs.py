"""All that a model server writes is in CloudWatch Logs, in the stream of its instance
(https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html)."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm, make_config, status
from tests.support.turns import turn

# More than one step reads: a megabyte.
LONG = "".join(f"{n:07d} {'x' * 1000}\n" for n in range(2_500))
GROUP = "/aws/sagemaker/Endpoints/e"


@pytest.fixture
def logged(client: Any) -> Any:
    """Return a function: the messages of the endpoint's log group."""

    def messages() -> list[str]:
        pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=GROUP)
        return [event["message"] for page in pages for event in page["events"]]

    return messages


def test_the_whole_output_of_a_container_that_failed(
    sm: Any, role: str, logged: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    make_config(sm, role, "c1")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 2, 0.1)
    (run,) = runs.specs
    runs.write(run, LONG + "the reason")
    runs.finish(run, code=1)
    turn(controllers, clock, 8, 0.1)
    assert status(sm) == "Failed"
    assert sorted(logged()) == sorted([*LONG.splitlines(), "the reason"])
    assert runs.specs == {}  # nothing is kept of it once it is logged


def test_what_a_container_writes_while_it_is_stopped_after_a_failure(
    sm: Any, role: str, logged: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    make_config(sm, role, "c1", ContainerStartupHealthCheckTimeoutInSeconds=60)
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 2, 0.1)
    (run,) = runs.specs
    runs.advance(run, steps=(("Running", clock.now()),))
    runs.write(run, "half a ")
    clock.advance(61)
    turn(controllers, clock, 2, 0.1)
    assert status(sm) == "Failed"
    runs.write(run, "line\nstopping\n")
    runs.finish(run, code=0)
    turn(controllers, clock, 3, 0.1)
    assert logged() == ["half a line", "stopping"]


def test_the_whole_output_of_a_replica_that_was_replaced(
    in_service: str, logged: Any, controllers: Controllers, clock: FakeClock, farm: Farm, runs: FakeExecutor
) -> None:
    (first,) = list(farm.workers)
    runs.write(first, LONG)
    farm.kill(first)
    turn(controllers, clock, 8, 0.6)
    assert sorted(logged()) == LONG.splitlines()
    assert first not in runs.specs


def test_what_a_retired_replica_writes_until_its_end(
    in_service: str,
    sm: Any,
    role: str,
    logged: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
) -> None:
    (old,) = list(farm.workers)
    make_config(sm, role, "c2", VariantName="B")
    sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    runs.write(old, "one more request\n")
    turn(controllers, clock, 3, 0.6)
    assert logged() == ["one more request"]
    assert [run for run, _ in runs.stops][:1] == [old]
    runs.write(old, "goodbye")
    farm.kill(old)
    turn(controllers, clock, 3, 0.6)
    assert logged() == ["one more request", "goodbye"]
    assert old not in runs.specs


def test_what_a_replica_writes_while_its_endpoint_is_deleted(
    in_service: str,
    sm: Any,
    logged: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
) -> None:
    (run,) = list(farm.workers)
    sm.delete_endpoint(EndpointName="e")
    turn(controllers, clock, 1, 0.1)
    runs.write(run, LONG + "goodbye")
    farm.kill(run)
    turn(controllers, clock, 8, 0.1)
    assert sm.list_endpoints()["Endpoints"] == []
    assert sorted(logged()) == sorted([*LONG.splitlines(), "goodbye"])


def test_a_run_is_forgotten_only_after_its_output_was_stored(
    in_service: str,
    sm: Any,
    logged: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (run,) = list(farm.workers)
    sm.delete_endpoint(EndpointName="e")
    turn(controllers, clock, 1, 0.1)
    runs.write(run, "goodbye")
    farm.kill(run)
    with monkeypatch.context() as killed:  # after the step has acted, before it is written
        killed.setattr(controllers, "_write", lambda *step: None)
        turn(controllers, clock, 1, 0.1)
    clock.advance(60)  # the lease of the step ends
    turn(controllers, clock, 3, 0.1)
    assert logged() == ["goodbye"]
    assert runs.specs == {}
