"""A platform with an owner, with everybody who is not, and with what the inputs of one service need.

One is made for each service. Clients share one botocore session, whose loader keeps the models: they are the cost.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import botocore.session
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options, assemble
from clary.server.gateway import Gateway
from clary.server.home import Home
from clary.server.local_api import LocalApi
from clary.server.loop import Controllers
from clary.wire import Router
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess, Loop
from tests.security.matrix import callers, presigned
from tests.security.matrix.callers import Caller
from tests.security.matrix.snapshot import Observer
from tests.services.sagemaker.farm import Farm

# Stands in what the world stores and in no input: an answer that holds it shows something of the owner's.
MARKER = "hush-4711"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as botocore understands it; `code` is empty where the call succeeded."""

    status: int
    code: str
    message: str
    parsed: dict[str, Any]

    @property
    def succeeded(self) -> bool:
        return not self.code


_MOST_CLAIMS = 50


class _Recording(InProcess):
    """Keeps the bytes of the last exchange, which botocore may consume or not show."""

    sent = b""
    received = b""

    def request(self, method: str, url: str, headers: dict[str, Any], body: bytes = b"") -> Any:
        self.sent = f"{method} {url} {headers}".encode() + body
        status, said, data = super().request(method, url, headers, body)
        self.received = str(said).encode() + data
        return status, said, data


class World:
    """`owner` and `root` are of the account that owns everything; `outsiders` are not, or have no rights in it."""

    def __init__(self, service: str, folder: Path, loop: Loop) -> None:
        self.service = service
        self.folder = folder
        self.loop = loop
        self.clock = FakeClock(time.time())
        self.runs = FakeExecutor()
        home = Home.at(folder / "home")
        self.platform = _platform(home, self.clock, self.runs)
        self._app = _Recording(_gateway(self.platform, home), loop)
        self._session = botocore.session.Session()
        self._clients: dict[tuple[str, Caller], Any] = {}
        self._numbers = itertools.count(1)
        self._made: dict[str, Any] = {}
        self.observer = Observer(home, self.runs)
        self.root = callers.root()
        iam = self.client("iam", self.root)
        self.owner = callers.user(iam, "owner", callers.ALLOW_ALL)
        prefix = self.platform.services[service].action_prefix
        self.outsiders = [
            Caller("nobody"),
            *callers.strangers(self.platform, self.client),
            *callers.insiders(iam, self._assume, prefix),
        ]
        assert tuple(caller.name for caller in self.outsiders) == callers.OUTSIDERS

    def close(self) -> None:
        if "farm" in self.__dict__:
            self.farm.close()
        self.observer.close()
        self.platform.store.close()

    # calls -----------------------------------------------------------------------------------------------------

    def call(self, caller: Caller, operation: str, params: dict[str, Any]) -> Answer:
        """One operation of this world's service, as somebody."""
        call = getattr(self.client(self.service, caller), xform_name(operation))
        try:
            parsed, error = call(**params), {}
        except ClientError as refusal:
            parsed, error = refusal.response, refusal.response["Error"]
        status = parsed["ResponseMetadata"]["HTTPStatusCode"]
        return Answer(status, error.get("Code", ""), error.get("Message", ""), parsed)

    def send(
        self, method: str, url: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """One exchange as it is given: status, headers by lower-case names, body."""
        status, said, data = self._app.request(method, url, headers, body)
        return status, {name.lower(): value for name, value in said}, data

    def shows_marker(self) -> bool:
        """Whether the last answer holds something of the owner's that its request did not."""
        marker = MARKER.encode()
        return marker in self._app.received and marker not in self._app.sent

    def names(self, text: str) -> bool:
        """Whether the last answer holds a text that its request did not."""
        return text.encode() in self._app.received and text.encode() not in self._app.sent

    def client(self, service: str, caller: Caller | None = None) -> Any:
        """boto3's client of a service, as somebody; as the owner where nobody is named."""
        caller = caller or self.owner
        if (service, caller) not in self._clients:
            self._clients[service, caller] = self._make_client(service, caller)
        return self._clients[service, caller]

    def _make_client(self, service: str, caller: Caller) -> Any:
        config = Config(retries={"max_attempts": 0, "mode": "standard"})
        if caller.query or not caller.signs:
            config = config.merge(Config(signature_version=UNSIGNED))
        client = self._session.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=ENDPOINT,
            aws_access_key_id=caller.key or None,
            aws_secret_access_key=caller.secret or None,
            aws_session_token=caller.token,
            config=config,
        )
        send = presigned.sender(caller, self._app.send) if caller.query else self._app.send
        client.meta.events.register("before-send", send)
        return client

    def _assume(self, name: str, arn: str, **more: Any) -> Caller:
        """A session of a role that trusts the owner."""
        made = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=name, **more)["Credentials"]
        return Caller(name, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    # what inputs are made of -----------------------------------------------------------------------------------

    def fresh(self, prefix: str = "n") -> str:
        """A name that nothing has yet."""
        return f"{prefix}-{next(self._numbers)}"

    def once(self, name: str, make: Callable[[World], Any]) -> Any:
        """What `make` made at its first call: for what no input changes or takes away."""
        if name not in self._made:
            self._made[name] = make(self)
        return self._made[name]

    def turn(self, times: int = 1) -> None:
        """Let the controllers look at everything that is due."""
        for _ in range(times):
            for _ in range(
                _MOST_CLAIMS
            ):  # a claim takes a few records, and those of one kind do not keep out others
                if not self._controllers.once():
                    break
            self.clock.advance(0.1)

    @cached_property
    def _controllers(self) -> Controllers:
        return Controllers(self.platform, str(self.folder / "c.bell"))

    @cached_property
    def farm(self) -> Farm:
        """Workers for the endpoints of this world; what they are asked is part of its state."""
        farm = Farm(self.runs, self.folder / "w")
        self.observer.invocations = lambda: [(run, len(w.heads)) for run, w in farm.workers.items()]
        return farm


def _platform(home: Home, clock: FakeClock, runs: FakeExecutor) -> Platform:
    options = Options(account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET)
    return assemble(home, options, clock=clock, runs=runs)


def _gateway(platform: Platform, home: Home) -> Gateway:
    router = Router([service.model for service in platform.services.values()])
    options = Options(account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET)
    return Gateway(platform, router, LocalApi(platform, home, options))
