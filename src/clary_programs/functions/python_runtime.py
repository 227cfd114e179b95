"""Python's runtime client: imports the handler, calls it for each event, says what it returned or raised.

Runs in a process of its own, which the host forked or started as a program of any Python from 3.9 on: it imports the
standard library and nothing else. Behaviour: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html,
python-exceptions.html and python-logging.html.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import socket
import struct
import sys
import time
import traceback
from decimal import Decimal
from typing import Any

# Frames between the host and a runtime: kind, length of head (JSON), length of body.
PREFIX = struct.Struct("<BII")
EVENT, NEXT, RESULT, ERROR, INIT_ERROR, LOG, STREAM, CHUNK, END = range(1, 10)
LINE = "_CLARY_RUNTIME_LINE"  # the descriptor of the host's line, in the environment of a runtime that is a program


class Fault(Exception):
    """What the runtime itself finds wrong with a function: an error type of Lambda's and a sentence."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind, self.trace = kind, trace or []


class Line:
    """The line to the host: whole frames, one after the other."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def send(self, kind: int, head: Any = None, body: bytes = b"") -> None:
        """Send one frame."""
        said = b"" if head is None else json.dumps(head).encode()
        self._sock.sendall(PREFIX.pack(kind, len(said), len(body)) + said + body)

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """Return head and body of the next event. Raise EOFError when the host has gone."""
        _, head, body = PREFIX.unpack(self._read(PREFIX.size))
        said = json.loads(self._read(head)) if head else {}
        return said, self._read(body)

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._sock.recv(min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Identity:
    """The identity of an Amazon Cognito user, as mobile clients say it in the client context."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, said: dict[str, Any]) -> None:
        self.cognito_identity_id = said.get("cognitoIdentityId")
        self.cognito_identity_pool_id = said.get("cognitoIdentityPoolId")


class Client:
    """The application of a mobile client."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")

    def __init__(self, said: dict[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, said.get(name))


class ClientContext:
    """What the caller said in ClientContext."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, said: dict[str, Any]) -> None:
        self.custom = said.get("custom")
        self.env = said.get("env")
        self.client = Client(said["client"]) if isinstance(said.get("client"), dict) else None


class LambdaContext:
    """The second argument of a handler (https://docs.aws.amazon.com/lambda/latest/dg/python-context.html)."""

    def __init__(self, head: dict[str, Any]) -> None:
        self.aws_request_id = head["request-id"]
        self.invoked_function_arn = head["arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        said = json.loads(head["client-context"]) if head.get("client-context") else None
        self.client_context = ClientContext(said) if isinstance(said, dict) else None
        self.identity = Identity({})
        self._epoch_deadline_time_in_ms = int(head["deadline-ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds are left of the function's timeout."""
        return max(int(self._epoch_deadline_time_in_ms - time.time() * 1000), 0)

    def log(self, message: str) -> None:
        """Write a message to the log."""
        sys.stdout.write(str(message))


class LogHandler(logging.Handler):
    """Sends each record as one event of the log, in the format that the function's configuration has."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line
        self.request_id = ""
        self.structured = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"

    def emit(self, record: logging.LogRecord) -> None:
        try:
            record.aws_request_id = self.request_id
            sys.stdout.flush()
            self._line.send(
                LOG, None, (self._json(record) if self.structured else self._text(record)).encode()
            )
        except Exception:
            self.handleError(record)

    def _text(self, record: logging.LogRecord) -> str:
        if self.formatter is not None:
            return self.formatter.format(record)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        told = _TEXT.format(record)
        return f"[{record.levelname}]\t{stamp}.{int(record.msecs)}Z\t{self.request_id}\t{told}"

    def _json(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            told["stackTrace"] = traceback.format_tb(record.exc_info[2])
            told["errorType"] = record.exc_info[0].__name__
            told["errorMessage"] = str(record.exc_info[1])
        told |= {name: value for name, value in vars(record).items() if name not in _KNOWN}
        return json.dumps({**told, "requestId": self.request_id}, default=str, ensure_ascii=False)


_TEXT = logging.Formatter("%(message)s")
_KNOWN = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id", "taskName"))


def run(line: Line, handler: str) -> None:
    """Import the handler, then answer events until the host goes."""
    logs = _furnish_logging(line)
    try:
        function = load(handler)
    except Fault as fault:
        _refuse(line, fault.kind, str(fault), fault.trace)
    except Exception as error:
        _refuse(line, type(error).__name__, str(error), _trace(error, skip=_frames_of_import(error)))
    line.send(NEXT)
    while True:
        head, body = line.receive()
        logs.request_id = head["request-id"]
        os.environ["_X_AMZN_TRACE_ID"] = head.get("trace-id", "")
        kind, answer = _answer(line, function, head, body)
        sys.stdout.flush()
        sys.stderr.flush()
        line.send(kind, None, answer)


def _refuse(line: Line, kind: str, message: str, trace: list[str]) -> None:
    """Say why the function cannot be initialized, and end."""
    _log_error(line, kind, message, trace)
    line.send(INIT_ERROR, None, json.dumps(_error(kind, message, trace, "")).encode())
    sys.exit(1)


def load(handler: str) -> Any:
    """Return the function that `module.name` names. Raise Fault, or what importing its module raises."""
    name, dot, attribute = handler.rpartition(".")
    if not dot or not name:
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
        )
    if name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {name} as a handler module")
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}") from None
    except SyntaxError as error:
        told = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise Fault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}", [told]
        ) from None
    if not hasattr(module, attribute):
        raise Fault("Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{name}'")
    return getattr(module, attribute)


def _answer(line: Line, function: Any, head: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    """Return the kind of frame and the payload that answer an event."""
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
        result = function(event, LambdaContext(head))
        return RESULT, _payload(result)
    except Fault as fault:
        error = _error(fault.kind, str(fault), fault.trace, head["request-id"])
    except Exception as raised:
        error = _error(type(raised).__name__, str(raised), _trace(raised, skip=1), head["request-id"])
    _log_error(line, error["errorType"], error["errorMessage"], error["stackTrace"])
    return ERROR, json.dumps(error).encode()


def _payload(result: Any) -> bytes:
    try:
        return json.dumps(result, default=_plain, ensure_ascii=sys.version_info < (3, 12)).encode()
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _error(kind: str, message: str, trace: list[str], request_id: str) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def _trace(error: BaseException, skip: int) -> list[str]:
    """Return the lines of a traceback without the first frames, which are the runtime's own."""
    return traceback.format_list(traceback.extract_tb(error.__traceback__)[skip:])


def _frames_of_import(error: BaseException) -> int:
    """Return how many frames of a traceback are this module's and the import system's."""
    count = 0
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename != __file__ and "importlib" not in frame.filename:
            break
        count += 1
    return count


def _log_error(line: Line, kind: str, message: str, trace: list[str]) -> None:
    sys.stdout.flush()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        told = {
            "timestamp": stamp,
            "log_level": "ERROR",
            "errorType": kind,
            "errorMessage": message,
            "stackTrace": trace,
        }
        line.send(LOG, None, json.dumps(told).encode())
        return
    lines = ["Traceback (most recent call last):\n", *trace] if trace else []
    line.send(LOG, None, f"[ERROR] {kind}: {message}\n{''.join(lines)}".rstrip("\n").encode())


def _furnish_logging(line: Line) -> LogHandler:
    """Let the root logger write one event for each record."""
    handler = LogHandler(line)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(
        os.environ.get("AWS_LAMBDA_LOG_LEVEL", "WARNING")
        .replace("TRACE", "DEBUG")
        .replace("FATAL", "CRITICAL")
    )
    return handler


def furnish_path() -> None:
    """Let imports find the function's code first, then its layers (https://docs.aws.amazon.com/lambda/latest/dg/python-package.html)."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    task = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
    sys.path[:0] = [task, f"/opt/python/lib/{version}/site-packages", "/opt/python"]


def begin(line: int, handler: str) -> None:
    """Be the runtime of a function in this process. Return when the host has gone."""
    furnish_path()
    with contextlib.suppress(EOFError, ConnectionError):
        run(Line(socket.socket(fileno=line)), handler)


if __name__ == "__main__":
    sys.path.pop(0)  # this file's own folder
    begin(int(os.environ.pop(LINE)), os.environ["_HANDLER"])
