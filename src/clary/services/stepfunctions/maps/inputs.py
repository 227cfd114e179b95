"""Makes the inputs of child executions of items: ItemSelector and ItemBatcher."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from clary.services.stepfunctions.language import jsonata
from clary.services.stepfunctions.language.errors import StateError
from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES
from clary.services.stepfunctions.language.scope import Scope
from clary.services.stepfunctions.language.templates import resolve
from clary.services.stepfunctions.language.texts import dump

_MOST_SECONDS = 120.0


def inputs_of(task: dict[str, Any], items: list[Any]) -> list[tuple[str, int]]:
    """Return the inputs as text, each with the number of items in it. Raise StateError for one that is too large."""
    selected = list(_all_selected(task, items))
    batcher = task.get("ItemBatcher")
    found = [(dump(one), 1) for one in selected] if batcher is None else list(_batches(batcher, selected))
    if any(len(text.encode()) > MOST_BYTES for text, _ in found):
        raise StateError("States.ItemReaderFailed", "The input of a child execution is larger than 256 KiB.")
    return found


def _all_selected(task: dict[str, Any], items: list[Any]) -> Iterator[Any]:
    end = time.monotonic() + _MOST_SECONDS
    for index, item in enumerate(items):
        if time.monotonic() > end:
            raise StateError("States.ItemReaderFailed", "ItemSelector took too much time.")
        yield _selected(task, index, item)


def _selected(task: dict[str, Any], index: int, item: Any) -> Any:
    selector = task.get("selector")
    if selector is None:
        return item
    context = {**task["context"], "Map": {"Item": {"Index": index, "Value": item}}}
    if task["is_jsonata"]:
        states = {"input": task["given"], "context": context}
        return jsonata.resolve(selector, "ItemSelector", lambda: {**task["variables"], "states": states})
    return resolve(selector, Scope(task["given"], context, task["variables"]))


def _batches(batcher: dict[str, Any], items: list[Any]) -> Iterator[tuple[str, int]]:
    most = int(batcher.get("MaxItemsPerBatch", 0)) or len(items)
    largest = int(batcher.get("MaxInputBytesPerBatch", MOST_BYTES))
    fixed = {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}
    batch: list[Any] = []
    size = base = len(dump({**fixed, "Items": []}).encode())
    for item in items:
        more = len(dump(item).encode()) + 1
        if batch and (len(batch) >= most or size + more > largest):
            yield dump({**fixed, "Items": batch}), len(batch)
            batch, size = [], base
        batch.append(item)
        size += more
    if batch:
        yield dump({**fixed, "Items": batch}), len(batch)
