"""Real boto3 clients that check every request against AWS's model, and answer from a table instead of a platform."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.response import StreamingBody

from clary.cli.home import Home
from clary.cli.main import main
from clary.cli.report import command
from clary.cli.report.clients import SERVICES, Clients
from tests.support.clients import boto3_client

SVG = "{http://www.w3.org/2000/svg}"
Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


class Platform:
    """What answers: a document or a function of the request by operation. An operation that is not here knows no such
    thing."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.made = [boto3_client(name, "http://127.0.0.1:9", "key", "secret", None) for name in SERVICES]
        for client in self.made:
            client.meta.events.register("provide-client-params", self._remember)
            client.meta.events.register("before-call", self._answer)
        self.clients = Clients(*self.made)

    def _remember(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params
        self.asked.append((model.name, params))

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        found = self.answers.get(model.name)
        found = found(context["asked"]) if callable(found) else found
        if found is None:
            found = {"Error": {"Code": "ValidationException", "Message": f"{model.name}: not found"}}
        status = 400 if "Error" in found else 200
        return type("Http", (), {"status_code": status})(), {**found, "ResponseMetadata": {}}


def body(text: str | bytes) -> dict[str, Any]:
    """An answer of GetObject."""
    data = text.encode() if isinstance(text, str) else text
    return {"Body": StreamingBody(io.BytesIO(data), len(data)), "ContentLength": len(data)}


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def write(
    platform: Platform, running: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], str]]:
    """The command, run as a user does; returns the page that it has written."""
    monkeypatch.setattr(command, "connect", lambda args, *services: platform.made)

    def run(name: str) -> str:
        target = tmp_path / "page.html"
        assert main(["report", name, "--out", str(target), "--home", str(running.path)]) == 0
        return target.read_text(encoding="utf-8")

    return run


def parsed(html: str) -> ElementTree.Element:
    """The page as a tree: it must be well-formed, and load nothing."""
    text = html.removeprefix("<!doctype html>")
    for void in ("meta", "wbr"):
        text = re.sub(rf"<({void}\b[^>]*)>", r"<\1/>", text)
    assert not re.search(r"<script|<link|@import|url\(|src=", html)
    return ElementTree.fromstring(text)


def words(html: str) -> str:
    """What a reader sees of a page, on one line."""
    tree = parsed(html)
    body_ = tree.find("body")
    assert body_ is not None
    for graph in body_.iter(f"{SVG}svg"):
        for style in graph.findall(f"{SVG}style"):
            style.text = ""
    return " ".join(" ".join(body_.itertext()).split())
