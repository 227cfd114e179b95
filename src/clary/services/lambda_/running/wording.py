"""What Lambda writes of an invocation: the lines around a function's own log, and the errors that are not a function's.
`now` is in milliseconds since the epoch.

Forms: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html, monitoring-cloudwatchlogs-advanced.html and recorded
answers of the real service.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import orjson

from clary.services.lambda_.running.order import Order, Told

LARGEST_ANSWER = 6_291_556  # bytes
Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Spent:
    """How an invocation went: milliseconds, those of an initialization before it (0: none), MB, and the status of REPORT."""

    duration: float
    init: float
    memory: int
    status: str = ""
    error: str = ""


def is_json(order: Order) -> bool:
    """Tell whether the log of a function has JSON for its format."""
    return order.config["LoggingConfig"]["LogFormat"] == "JSON"


def _iso(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms / 1000)) + f".{ms % 1000:03d}Z"


def _platform(now: int, kind: str, record: dict[str, Any]) -> Line:
    return now, orjson.dumps({"time": _iso(now), "type": f"platform.{kind}", "record": record}).decode()


def initializing(order: Order, now: int) -> Line:
    """Return the line of an environment that begins."""
    runtime = order.config["Runtime"].replace("python", "python:").replace("provided.", "provided:")
    arn = order.config["RuntimeVersionConfig"]["RuntimeVersionArn"]
    if is_json(order):
        said = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": runtime,
            "runtimeVersionArn": arn,
        }
        return _platform(
            now, "initStart", {**said, "functionName": order.name, "functionVersion": order.config["Version"]}
        )
    return now, f"INIT_START Runtime Version: {runtime}\tRuntime Version ARN: {arn}\n"


def beginning(order: Order, now: int) -> Line:
    """Return the line before an invocation."""
    if is_json(order):
        return _platform(now, "start", {"requestId": order.request_id, "version": order.config["Version"]})
    return now, f"START RequestId: {order.request_id} Version: {order.config['Version']}\n"


def ending(order: Order, spent: Spent, now: int) -> list[Line]:
    """Return the lines after an invocation."""
    billed = math.ceil(spent.duration)
    if is_json(order):
        metrics = {
            "durationMs": round(spent.duration, 3),
            "billedDurationMs": billed,
            "memorySizeMB": order.config["MemorySize"],
            "maxMemoryUsedMB": spent.memory,
            **({"initDurationMs": round(spent.init, 3)} if spent.init else {}),
        }
        status = {"timeout": "timeout", "error": "error"}.get(spent.status, "success")
        return [
            _platform(now, "report", {"requestId": order.request_id, "metrics": metrics, "status": status})
        ]
    parts = [
        f"REPORT RequestId: {order.request_id}",
        f"Duration: {spent.duration:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {order.config['MemorySize']} MB",
        f"Max Memory Used: {spent.memory} MB",
        *([f"Init Duration: {spent.init:.2f} ms"] if spent.init else []),
        *([f"Status: {spent.status}"] if spent.status else []),
        *([f"Error Type: {spent.error}"] if spent.error else []),
    ]
    return [(now, f"END RequestId: {order.request_id}\n"), (now, "\t".join(parts) + "\t\n")]


def failure(order: Order, told: Told, now: int) -> tuple[dict[str, Any], str]:
    """Return the error of an invocation that the runtime did not answer, and the line of the log about it."""
    said = f"RequestId: {order.request_id} Error: "
    if told.outcome == "timeout":
        late = f"Task timed out after {order.config['Timeout']:.2f} seconds"
        error = {"errorType": "Sandbox.Timedout", "errorMessage": f"{said}{late}"}
        return error, f"{_iso(now)} {order.request_id} {late}\n"
    if told.ended == "memory":
        text = f"{said}Runtime exited with error: signal: killed"
        return {"errorType": "Runtime.OutOfMemory", "errorMessage": text}, f"{text}\nRuntime.ExitError\n"
    why = (
        f"Runtime exited with error: {told.ended}"
        if told.ended
        else "Runtime exited without providing a reason"
    )
    return {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"{said}{why}",
    }, f"{said}{why}\nRuntime.ExitError\n"


def too_large() -> dict[str, Any]:
    """Return the error of an answer that is larger than one may be."""
    return {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes).",
    }


def named(body: bytes, request_id: str) -> bytes:
    """Return an error of an initialization with the id of the request that is told of it."""
    try:
        error = orjson.loads(body)
    except ValueError:
        return body
    if not isinstance(error, dict):
        return body
    if str(error.get("errorMessage", "")).startswith("Error: "):
        error["errorMessage"] = f"RequestId: {request_id} {error['errorMessage']}"
    elif not error.get("requestId", True):
        error["requestId"] = request_id
    return orjson.dumps(error)


def kind_of(body: bytes) -> str:
    """Return the type of a function's error, if it says one in a word."""
    try:
        kind = orjson.loads(body).get("errorType", "")
    except (ValueError, AttributeError):
        return ""
    return kind if isinstance(kind, str) and len(kind) < 200 and kind.isprintable() else ""
