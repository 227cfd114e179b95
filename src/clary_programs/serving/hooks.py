"""A model served through the user's hooks: model_fn, input_fn, predict_fn, output_fn or transform_fn.

Knows the inference toolkit's protocol; knows no socket. Source: aws/sagemaker-inference-toolkit `transformer.py`;
contracts, section 9.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import ModuleType

from clary_programs.serving.api import Answer, Invocation
from clary_programs.serving.content import ANY, JSON, TEXT_TYPES, media_type
from clary_programs.serving.context import Context
from clary_programs.serving.frameworks import Defaults

Hook = Callable[..., object]
STEPS = ("input_fn", "predict_fn", "output_fn")


class MixedHooks(ValueError):
    """transform_fn does what the three others do together."""

    def __init__(self) -> None:
        super().__init__(
            "Cannot use transform_fn implementation in conjunction with "
            "input_fn, predict_fn, and/or output_fn implementation"
        )


@dataclass(frozen=True, slots=True)
class Hooks:
    """The functions of one model, the framework's own where the user has none; each takes `context` last."""

    model: Hook
    transform: Hook
    before: Hook | None = None
    warm_up: Hook | None = None
    execution_parameters: Callable[[], object] | None = None


def hooks_of(module: ModuleType | None, defaults: Defaults) -> Hooks:
    """Choose between the user's functions and the framework's. Raise MixedHooks."""
    own: Callable[[str], Hook | None] = lambda name: getattr(module, name, None)  # noqa: E731
    before, warm_up = own("pre_model_fn"), own("model_warmup_fn")
    return Hooks(
        model=with_context(own("model_fn") or defaults["model_fn"], 1),
        transform=_transform(own, defaults),
        before=before and with_context(before, 1),
        warm_up=warm_up and with_context(warm_up, 2),
        execution_parameters=own("execution_parameters_fn"),
    )


def _transform(own: Callable[[str], Hook | None], defaults: Defaults) -> Hook:
    whole, steps = own("transform_fn"), [own(name) for name in STEPS]
    if whole and any(steps):
        raise MixedHooks
    if whole:
        return with_context(whole, 4)
    read, predict, write = (
        with_context(step or defaults[name], 2) for step, name in zip(steps, STEPS, strict=True)
    )

    def transform(model: object, data: object, content_type: str, accept: str, context: Context) -> object:
        return write(predict(read(data, content_type, context), model, context), accept, context)

    return transform


def with_context(hook: Hook, count: int) -> Hook:
    """Return `hook` with `context` as its last argument, which a hook of exactly `count` parameters never
    sees.

    Raise TypeError for any other number, as the toolkit does.
    """
    try:
        parameters = inspect.signature(hook).parameters.values()
    except ValueError:
        # Some functions of C have no signature; they cannot want a context.
        return lambda *arguments: hook(*arguments[:-1])
    needed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) or len(needed) == count + 1:
        return hook
    if len(needed) == count:
        return lambda *arguments: hook(*arguments[:-1])
    name = getattr(hook, "__name__", repr(hook))
    raise TypeError(f"{name} takes {len(needed)} arguments but {count} were given.")


class HookedHandler:
    """A `Handler` over loaded hooks. Safe to call from several threads if the user's functions are."""

    blocking = True

    def __init__(self, hooks: Hooks, model_dir: str, environ: Mapping[str, str]) -> None:
        """Load the model; whatever the user's functions raise comes out of here."""
        self._hooks, self._model_dir = hooks, model_dir
        self._default_accept = environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or JSON
        self.workers = int(environ.get("SAGEMAKER_MODEL_SERVER_WORKERS") or os.cpu_count() or 1)
        context = Context(model_dir)
        if hooks.before:
            hooks.before(model_dir, context)
        self._model = hooks.model(model_dir, context)
        if hooks.warm_up:
            hooks.warm_up(model_dir, self._model, context)

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        """Return one after the other: a user's hooks know single requests only."""
        return [self._answer(invocation) for invocation in invocations]

    def execution_parameters(self) -> dict[str, object] | None:
        """Return what execution_parameters_fn says: a dict, or the JSON of one."""
        if self._hooks.execution_parameters is None:
            return None
        parameters = _unwrapped(self._hooks.execution_parameters())
        return json.loads(parameters) if isinstance(parameters, (str, bytes)) else dict(parameters)

    def _answer(self, invocation: Invocation) -> Answer:
        context = Context(self._model_dir, invocation.headers)
        try:
            accept = invocation.accept
            accept = self._default_accept if not accept or accept == ANY else accept
            content_type = invocation.content_type or JSON
            body: str | bytes = invocation.body
            if media_type(content_type) in TEXT_TYPES:
                body = body.decode("utf-8")
            result = self._hooks.transform(self._model, body, content_type, accept, context)
            return _to_answer(result, accept, context)
        except (Exception, SystemExit) as error:
            # A script that calls sys.exit() would end the thread that answers all requests.
            return _failed(error)


def _failed(error: BaseException) -> Answer:
    """Return the message and the trace with the exception's own status, else 500; a 204 has no body."""
    trace = traceback.format_exc()
    print(trace, file=sys.stderr, flush=True)
    status = getattr(error, "status_code", None)
    if status == HTTPStatus.NO_CONTENT:
        return Answer(b"", int(status), "text/plain")
    if not isinstance(status, int) or not 400 <= status <= 599:
        status = 500
    return Answer(f"{error}\n{trace}".encode("utf-8", "replace"), status, "text/plain")


def _to_answer(result: object, accept: str, context: Context) -> Answer:
    content_type = accept
    if isinstance(result, tuple) and len(result) == 2:
        result, content_type = result
    if hasattr(result, "get_data") and hasattr(result, "status_code"):
        # A Flask-like response, which older scikit-learn and XGBoost scripts return.
        return Answer(result.get_data(), result.status_code, result.mimetype or content_type)
    headers = context.response_headers
    return Answer(_body(result), context.status, str(context.content_type or content_type), headers)


def _body(result: object) -> bytes | Iterator[bytes]:
    if isinstance(result, Iterator):
        return (_bytes(part) for part in result)
    return _bytes(result)


def _bytes(value: object) -> bytes:
    """Bytes as they are, text as UTF-8, all else as JSON, which is what MMS makes of it."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if value is None:
        return b""
    return json.dumps(value, default=lambda item: item.tolist()).encode("utf-8")


def _unwrapped(value: object) -> object:
    """Return the data of a Flask-like response, or the value itself."""
    return value.get_data() if hasattr(value, "get_data") else value
