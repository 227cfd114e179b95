"""boto3 clients for tests. One session for all of them: a session of its own reads a service's model again for each client,
which costs from 40 to 200 ms of CPU, where the same session's next client costs 3 ms."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import boto3.session
from botocore.config import Config

_LOCK = threading.Lock()
_ONCE = Config(retries={"max_attempts": 0, "mode": "standard"})


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session(region_name="us-east-1")


def boto3_client(
    service: str,
    endpoint: str,
    key: str,
    secret: str,
    token: str | None = None,
    *,
    region_name: str = "us-east-1",
    config: Config | None = None,
    **options: Any,
) -> Any:
    """Return an unmodified boto3 client that asks `endpoint`, once a call."""
    with _LOCK:  # a session makes one client at a time
        return _session().client(
            service,
            endpoint_url=endpoint,
            region_name=region_name,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=_ONCE.merge(config or Config()),
            **options,
        )
