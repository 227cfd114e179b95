"""Waiting for a server's controller: until its program answers, and until a change of MLflow's registry is carried over.

The record counts the changes that were told, `wanted`, and the controller notes how many of them its last look at the
registry came after, `carried`. A change is told before MLflow has it as well: then it is not lost with this process.
"""

from __future__ import annotations

from clary.plane import Record, revise
from clary.plane.context import Context
from clary.services.sagemaker.mlflow import names
from clary.store.api import Stale, Tx

_PATIENCE = 10.0  # seconds that a client waits for the registry of SageMaker
_START_PATIENCE = 25.0  # seconds that it waits for a program that is starting; then it is told to try again
_LATER = 5.0  # seconds in which MLflow has answered, or never will
_ATTEMPTS = 5

follows = names.is_registering


async def until_ready(ctx: Context, server: Record) -> Record | None:
    """Return a server once its program answers, None where that takes too long. A program that was killed is back in
    seconds, while clients that are told to try again wait longer each time."""

    async def look() -> Record | None:
        record = await ctx.transact(lambda tx: tx.get(server.kind, server.scope, server.id))
        return record if record and record.private.get("ready") else None

    return await ctx.platform.signals.poll((server.kind,), look, _START_PATIENCE)


async def until_replaced(ctx: Context, server: Record) -> None:
    """Wait until another program of a server answers in the place of one that cannot be reached, or for some seconds."""
    gone = server.private.get("attempt", 0)
    await _count(ctx, server, after=0.0)
    ctx.wake()

    async def look() -> bool:
        record = await ctx.transact(lambda tx: tx.get(server.kind, server.scope, server.id))
        return record is None or (
            record.private.get("attempt", 0) != gone and bool(record.private.get("ready"))
        )

    await ctx.platform.signals.poll((server.kind,), look, _START_PATIENCE)


async def announce(ctx: Context, server: Record) -> None:
    """Note that a change is on its way; without another word the controller looks in a moment."""
    await _count(ctx, server, after=_LATER)


async def until_carried_over(ctx: Context, server: Record) -> None:
    """Note that MLflow has the change, and wait until the registry of SageMaker has it, or for some seconds."""
    wanted = await _count(ctx, server, after=0.0)
    ctx.wake()

    async def look() -> bool:
        record = await ctx.transact(lambda tx: tx.get(server.kind, server.scope, server.id))
        return record is None or record.private.get("carried", 0) >= wanted

    await ctx.platform.signals.poll((server.kind,), look, _PATIENCE)


async def _count(ctx: Context, server: Record, after: float) -> int:
    """Return the number of this change; 0 where the server has gone."""
    due = ctx.platform.clock.now() + after

    def count(tx: Tx) -> int:
        record = tx.get(server.kind, server.scope, server.id)
        if record is None:
            return 0
        wanted = int(record.private.get("wanted", 0)) + 1
        soon = due if record.due is None else min(due, record.due)
        tx.update(revise(record, private={"wanted": wanted}, due=soon))
        return wanted

    for _ in range(_ATTEMPTS):
        try:
            return await ctx.transact(count, write=True)
        except Stale:  # the controller has written meanwhile
            continue
    return 0
