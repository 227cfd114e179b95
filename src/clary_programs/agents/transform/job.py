"""One transform job from its description to its output folder. Knows `/opt/ml` and no platform."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from clary_programs.agents.transform.assembly import Output
from clary_programs.agents.transform.association import association_of
from clary_programs.agents.transform.capture import Identified, capture_folder, wants_ids, write_manifests
from clary_programs.agents.transform.clients import ModelClient
from clary_programs.agents.transform.config import (
    Item,
    Settings,
    TransformConfig,
    output_folder,
    partial_folder,
)
from clary_programs.agents.transform.errors import BadStatus, NoResponse, TransformError
from clary_programs.agents.transform.events import DataLog
from clary_programs.agents.transform.server import ModelServer
from clary_programs.agents.transform.server_beside import ServerBeside
from clary_programs.agents.transform.splitting import payloads
from clary_programs.contract.paths import Paths

PARAMETERS_SECONDS = 60.0
RETRY_WAIT_SECONDS = 0.2
RETRIED = frozenset({429, 500, 502, 503, 504})


class TransformJob:
    """Reads, sends and writes every object of one job."""

    def __init__(
        self, config: TransformConfig, paths: Paths, server: ModelServer | ServerBeside, log: DataLog
    ) -> None:
        self._config, self._paths, self._server, self._log = config, paths, server, log
        self._started = datetime.now(UTC)
        self._association = association_of(config)
        if wants_ids(config):
            self._association = Identified(self._association, config, self._started)
        self._headers = {"content-type": config.content_type, "accept": config.accept}
        self._headers = {name: value for name, value in self._headers.items() if value}
        self._local = threading.local()
        self._clients: list[ModelClient] = []
        self._outputs: list[tuple[str, Output]] = []
        self.errors: list[str] = []

    def run(self) -> None:
        """Transform everything; what failed is in `errors`, as `bucket/key: reason`."""
        settings = self._config.settings(self._execution_parameters())
        self._log.say(str(settings))
        # Each sender has its next payload at hand while the model works on the last.
        slots = threading.BoundedSemaphore(settings.concurrency * 2)
        pool = ThreadPoolExecutor(settings.concurrency)
        try:
            for item in self._config.items:
                self._send_all(item, settings, pool, slots)
            pool.shutdown()
        finally:
            # A stopped job waits for no answer: the server's end is the senders' end.
            pool.shutdown(wait=False, cancel_futures=True)
        for client in self._clients:
            client.close()
        done = [relative for relative, output in self._outputs if output.done]
        write_manifests(self._config, capture_folder(self._paths), self._started, done)

    def _execution_parameters(self) -> dict[str, object] | None:
        """Return what the container proposes; anything but a JSON object counts as no proposal."""
        client = self._server.client()
        try:
            status, body = client.ask("/execution-parameters", b"", {}, PARAMETERS_SECONDS)
            parameters = json.loads(body) if status == 200 else None
            return parameters if isinstance(parameters, dict) else None
        except (NoResponse, ValueError):
            return None
        finally:
            client.close()

    def _send_all(
        self, item: Item, settings: Settings, pool: ThreadPoolExecutor, slots: threading.Semaphore
    ) -> None:
        """Hand every payload of one object to the senders, no more than the slots at a time."""
        output = self._output(f"{item.relative}.out")
        self._outputs.append((item.relative, output))
        total = 0
        try:
            with self._opened(item) as stream:
                for payload in self._payloads(stream, settings):
                    slots.acquire()
                    pool.submit(self._send, item, output, total, payload, slots)
                    total += 1
                    if output.error is not None:
                        return
            output.close(total)
        except (TransformError, OSError, EOFError, zlib.error) as error:
            self._fail(item, output, error)

    def _output(self, name: str) -> Output:
        final, partial = output_folder(self._paths) / name, partial_folder(self._paths) / name
        return Output(final, partial, self._config.assemble_lines)

    def _opened(self, item: Item) -> BinaryIO:
        return gzip.open(item.path) if self._config.gzipped else item.path.open("rb")

    def _payloads(self, stream: BinaryIO, settings: Settings) -> Iterator[bytes]:
        return payloads(stream, self._config.split_type, settings.strategy, settings.max_payload)

    def _send(
        self, item: Item, output: Output, number: int, payload: bytes, slots: threading.Semaphore
    ) -> None:
        try:
            if output.error is None:
                answer = self._ask(self._association.to_model(payload))
                output.put(number, self._association.to_output(payload, answer))
        except Exception as error:
            self._fail(item, output, error)
        finally:
            slots.release()

    def _ask(self, body: bytes) -> bytes:
        """Return the model's answer, after as many tries as the job allows. Raise BadStatus or NoResponse."""
        left = self._config.max_retries
        while True:
            try:
                status, answer = self._client().ask(
                    "/invocations", body, self._headers, self._config.timeout_seconds
                )
                if 200 <= status < 300:
                    return answer
                if status not in RETRIED or left <= 0:
                    raise BadStatus(status, answer)
            except NoResponse:
                if left <= 0 or not self._server.running:
                    raise
            left -= 1
            time.sleep(RETRY_WAIT_SECONDS)

    def _client(self) -> ModelClient:
        if not hasattr(self._local, "client"):
            self._local.client = self._server.client()
            self._clients.append(self._local.client)
        return self._local.client

    def _fail(self, item: Item, output: Output, error: Exception) -> None:
        if output.fail(error):
            text = str(error) or type(error).__name__
            self.errors.append(f"{item.name}: {text}")
            with suppress(OSError):
                self._log.say(text, item.name)
