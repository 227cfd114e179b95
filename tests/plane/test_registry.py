"""A service is loaded once, by the first caller that asks; what its outline says is known without it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clary.plane import Context, Service
from clary.plane.action import Also
from clary.plane.outline import Outline, Wanted, outline_of
from clary.plane.registry import Registry
from clary.services import MANIFEST, registry
from tests.plane import tiny


def made(load: Callable[[Outline], Service]) -> Registry:
    return Registry([outline_of(tiny.service(), "tiny")], load)


def describe_endpoint(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    raise AssertionError("these tests call nothing")


def test_an_outline_is_the_same_after_json() -> None:
    service = tiny.service()
    service.observe("Model", "ExecutionRoleArn", tags=True)
    service.on_change("sagemaker:Model")(lambda at, change: None)
    service.background(kinds=("sagemaker:Model",), tables=("t",))(lambda platform: asyncio.sleep(0))
    outline = outline_of(service, "tiny", {"json": 5})
    assert Outline.from_json(outline.to_json()) == outline
    assert outline.background == Wanted(("sagemaker:Model",), ("t",))


def test_what_is_known_of_services_loads_none() -> None:
    services = registry()
    assert {"s3", "sagemaker-runtime"} < set(services)
    assert "sagemaker:TrainingJob" in services.kinds
    assert services.name_of("sagemaker") == "sagemaker"
    assert services.loaded == {}


def test_many_who_ask_at_once_wait_for_one_load() -> None:
    loads: list[str] = []
    go = threading.Event()

    def load(outline: Outline) -> Service:
        loads.append(threading.current_thread().name)
        go.wait(30)
        return tiny.service()

    async def ask() -> list[Service]:
        services = made(load)
        asking = [asyncio.create_task(services.ready("sagemaker")) for _ in range(20)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in asking), "the loop goes on while the service is loaded"
        go.set()
        return await asyncio.gather(*asking)

    found = asyncio.run(ask())
    assert loads == ["load-sagemaker"]
    assert all(service is found[0] for service in found)


def test_a_load_that_fails_is_tried_again() -> None:
    results: list[Service | Exception] = [RuntimeError("broken"), tiny.service()]

    def load(outline: Outline) -> Service:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    async def ask() -> None:
        services = made(load)
        with pytest.raises(RuntimeError, match="broken"):
            await services.ready("sagemaker")
        assert (await services.ready("sagemaker")).name == "sagemaker"

    asyncio.run(ask())


def test_who_listens_is_told_of_each_service_once() -> None:
    services = made(lambda outline: tiny.service())
    told: list[str] = []
    services.listen(lambda service: told.append(service.name))
    assert told == []
    _ = services["sagemaker"], services["sagemaker"]
    assert told == ["sagemaker"]
    services.listen(lambda service: told.append(f"late {service.name}"))
    assert told == ["sagemaker", "late sagemaker"]


def test_who_begins_to_listen_during_a_load_is_told_once() -> None:
    services = made(lambda outline: tiny.service())
    told: list[str] = []
    # It is called between the moment in which the service is loaded and its own turn as a listener.
    services.listen(lambda service: services.listen(lambda service: told.append(service.name)))
    _ = services["sagemaker"]
    assert told == ["sagemaker"]


def test_who_listens_and_raises_is_called_again_by_the_next_load() -> None:
    services = made(lambda outline: tiny.service())
    calls: list[str] = []

    def broken(service: Service) -> None:
        calls.append("broken")
        if len(calls) == 2:
            raise RuntimeError("not now")

    services.listen(lambda service: calls.append("before"))
    services.listen(broken)
    services.listen(lambda service: calls.append("after"))
    with pytest.raises(RuntimeError, match="not now"):
        services["sagemaker"]
    assert services["sagemaker"] is services["sagemaker"]
    assert calls == ["before", "broken", "broken", "after"]


def test_ready_loads_what_a_service_asks_for_even_if_that_one_is_loaded() -> None:
    """Its first caller was in a thread, which loads no others."""
    loads: list[str] = []

    asker = tiny.service()
    asker.operation(also=(Also("tiny:Ask"),))(describe_endpoint)

    def load(outline: Outline) -> Service:
        loads.append(outline.name)
        return asker if outline.name == asker.name else tiny.service()

    own = outline_of(asker)
    services = Registry([own, replace(own, name="tiny", prefix="tiny")], load)
    _ = services["sagemaker"]
    assert loads == ["sagemaker"]
    asyncio.run(services.ready("sagemaker"))
    assert loads == ["sagemaker", "tiny"]


def test_of_services_with_one_prefix_the_one_with_its_name_has_the_access_facts() -> None:
    """However the registry is made."""
    own, other = tiny.service(), tiny.service()
    other.name = "sagemaker-other"
    assert own.action_prefix == other.action_prefix == "sagemaker"
    for first, second in ((own, other), (other, own)):
        known = Registry([outline_of(first), outline_of(second)], lambda outline: own)
        loaded = Registry.of({one.name: one for one in (first, second)})
        assert known.name_of("sagemaker") == loaded.name_of("sagemaker") == "sagemaker"


def test_what_is_not_here_is_a_key_error() -> None:
    services = made(lambda outline: tiny.service())
    with pytest.raises(KeyError):
        services["s3"]
    assert services.get("s3") is None


def test_a_new_document_loads_no_service_and_an_old_one_does() -> None:
    """Each document is given the upgrades after its own format (store/document_formats.py)."""
    services = registry()
    kind, steps = next((kind, steps) for kind, steps in services.upgrades().items() if len(steps))
    assert list(steps[len(steps) :]) == []
    assert services.loaded == {}
    assert len(list(steps[0:])) == len(steps)
    assert list(services.loaded) == [kind.partition(":")[0]]


def test_the_manifest_is_true() -> None:
    """`./run docs` writes it again."""
    from tools.manifest import manifest

    assert MANIFEST.read_text() == manifest()
