"""The worked examples of docs/how-to/serve-http.md, as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from clary.plane import Service
from tests.conftest import ACCOUNT
from tests.plane.sites.programs import echo
from tests.support.scratch_sites import SiteServer, signed

PAGE = Path(__file__).parents[3] / "docs/how-to/serve-http.md"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture
def scratch() -> Iterator[Service]:
    """The page's service."""
    with echo() as port:
        said: dict[str, Any] = {"__name__": "page", "PORT": port}
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S):
            exec(compile(block, str(PAGE), "exec"), said)
        yield said["service"]


def test_the_site_on_a_host(served: SiteServer) -> None:
    url, host = f"{served.url}/a%20b", {"host": "public.lambda-url.us-east-1.on.aws"}
    assert httpx.get(url, headers=host).json() == {"rawPath": "/a%20b", "caller": "", "size": 0}
    private = {"host": "f.lambda-url.us-east-1.localhost"}
    assert httpx.get(url, headers=private).status_code == 403
    answer = httpx.post(
        url, headers={**signed(url, "lambda", headers=private, data=b"abc"), **private}, content=b"abc"
    )
    assert answer.json() == {"rawPath": "/a%20b", "caller": ROOT, "size": 3}


def test_the_site_with_sockets(served: SiteServer) -> None:
    assert httpx.get(f"{served.url}/_chat").status_code == 426
    with connect(served.ws + "/_chat", subprotocols=["chat.v1"], origin=served.url) as client:  # type: ignore[arg-type,list-item]
        client.send("hello")
        assert (client.recv(timeout=20), client.subprotocol) == ("hello", "chat.v1")
    with connect(served.ws + "/_chat", origin="https://page.example") as client:  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1008


def test_the_program_behind_a_site(served: SiteServer) -> None:
    url = f"{served.url}/_notebook/tree"
    assert httpx.post(url).status_code == 403
    answer = httpx.post(url, headers=signed(url, "sagemaker"))
    assert dict(answer.json()["headers"])["x-notebook-user"] == ROOT
