"""What AWS's refusals say, as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    """Return the code and the message that a call is refused with."""
    return error_of(call)[:2]


def error_of(call: Callable[[], Any]) -> tuple[str, str, int]:
    """Return the code, the message and the HTTP status that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return (
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


def refused(call: Any, **params: Any) -> tuple[str, int, str]:
    """Return the code, the HTTP status and the message that a call with these parameters is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return (
        answer["Error"]["Code"],
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"].get("Message", ""),
    )


def code_of(call: Callable[..., Any], **params: Any) -> str:
    """Return the code of the error that a call with these parameters ends with, '' for none."""
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def code_and_message(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
