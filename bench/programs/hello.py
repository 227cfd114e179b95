"""An ASGI application that reads its request and answers with fixed bytes: what uvicorn can do at most."""

from __future__ import annotations

from typing import Any

HEADERS = [(b"content-type", b"text/csv"), (b"content-length", b"21")]
BODY = b"0.9950926303863525000"


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
