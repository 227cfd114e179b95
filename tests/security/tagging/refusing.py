"""How a refusal looks to a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

Client = Callable[..., Any]


def code(call: Callable[[], Any]) -> str:
    """The code of an error, '' for none."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""
