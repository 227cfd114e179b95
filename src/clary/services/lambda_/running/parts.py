"""The parts of an answer that is passed on while it is made."""

from __future__ import annotations

import asyncio

from clary.services.lambda_.running.order import Outcome

Parts = asyncio.Queue[tuple[str, bytes]]
"""`type` with the content type, once and first; then `part` with bytes."""


async def next_part(work: asyncio.Future[Outcome], parts: Parts) -> tuple[str, bytes] | None:
    """Return the next part; None when there is none any more. Raise what the invocation raises."""
    if parts.empty() and not work.done():
        waiting = asyncio.ensure_future(parts.get())
        await asyncio.wait((work, waiting), return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
    if not parts.empty():
        return parts.get_nowait()
    work.result()
    return None
