"""What the pool is asked, and what it answers: values that can be sent to the process that owns the pool."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """One invocation. `config` is the configuration of the version that runs, `arn` what was invoked, `place` the blob of its
    code, `limit` the reserved executions of the function (None: it shares the account's)."""

    request_id: str
    scope: str
    arn: str
    config: Params
    place: str
    layers: tuple[tuple[str, str], ...]
    limit: int | None
    client_context: str = ""
    trace: str = ""
    qualifier: str = ""

    @property
    def name(self) -> str:
        return self.config["FunctionName"]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What an environment is for: one revision of one version."""
        return (
            self.scope,
            self.name,
            self.config["Version"],
            self.config["LastModified"] + self.config["CodeSha256"],
        )

    def head(self) -> Params:
        """Return the order as JSON."""
        return asdict(self)


def of_head(head: Params) -> Order:
    """Return the order that `head` made."""
    return Order(**{**head, "layers": tuple(tuple(one) for one in head["layers"])})


@dataclass(slots=True)
class Outcome:
    """How an invocation ended. `error` is '' or the kind of FunctionError; `log` its last lines; `refused` the reason of a
    refusal by a limit. `version` is the one that ran."""

    payload: bytes = b""
    error: str = ""
    log: str = ""
    refused: str = ""
    version: str = ""
    cold: bool = False
    content_type: str = ""

    def head(self) -> Params:
        """Return everything but the payload as JSON."""
        return {name: value for name, value in asdict(self).items() if name != "payload"}


@dataclass(slots=True)
class Told:
    """What an environment said of one event: its outcome, payload, log events, MB of memory, milliseconds of initialization."""

    outcome: str
    body: bytes
    log: list[tuple[int, str]] = field(default_factory=list)
    memory: int = 0
    init: float = 0.0
    ended: str = ""
