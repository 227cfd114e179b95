"""A user's module as a service: its hooks, with those of a handler for the ones that it does not have."""

from __future__ import annotations

import importlib
import importlib.util
import traceback
from http import HTTPStatus
from types import ModuleType, SimpleNamespace
from typing import Any

from clary_programs.serving.hooks import STEPS, Hooks, hooks_of

from . import content_types, environment, utils
from .default_inference_handler import DefaultInferenceHandler
from .errors import BaseInferenceToolkitError, GenericInferenceToolkitError


class Transformer:
    """Answers requests of the model server; the model is loaded at the first one, or when that is asked for."""

    def __init__(self, default_inference_handler: Any = None) -> None:
        self._default_inference_handler = default_inference_handler or DefaultInferenceHandler()
        self._environment: environment.Environment | None = None
        self._hooks: Hooks | None = None
        self._model: Any = None

    @staticmethod
    def handle_error(context: Any, inference_exception: BaseInferenceToolkitError, trace: str) -> list[str]:
        """Set the answer's status, and return its body: the error's message and the trace."""
        phrase = utils.remove_crlf(inference_exception.phrase)
        context.set_response_status(code=inference_exception.status_code, phrase=phrase)
        return [f"{inference_exception.message}\n{trace}"]

    def transform(self, data: list[dict[str, Any]], context: Any) -> list[Any]:
        """Return the answers to requests; an error is an answer with the error's status, or 500."""
        try:
            self.validate_and_initialize(context.system_properties.get("model_dir"), context)
            return [self._answer(request.get("body"), context) for request in data]
        except BaseInferenceToolkitError as error:
            return self.handle_error(context, error, traceback.format_exc())
        except Exception as error:
            status = getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
            generic = GenericInferenceToolkitError(status, str(error))
            return self.handle_error(context, generic, traceback.format_exc())

    def validate_and_initialize(self, model_dir: str = environment.model_dir, context: Any = None) -> None:
        """Import the user's module and load the model, once. Raise ValueError for hooks that exclude each
        other."""
        if self._hooks is not None:
            return
        self._environment = environment.Environment()
        hooks = hooks_of(self._functions(), self._defaults())
        if hooks.before:
            hooks.before(model_dir, context)
        self._model = hooks.model(model_dir, context)
        if hooks.warm_up:
            hooks.warm_up(model_dir, self._model, context)
        self._hooks = hooks

    def _answer(self, body: Any, context: Any) -> Any:
        headers = context.request_processor[0].get_request_properties()
        content_type = utils.retrieve_content_type_header(headers) or ""
        accept = headers.get("Accept") or headers.get("accept")
        if not accept or accept == content_types.ANY:
            accept = self._environment.default_accept
        if content_type in content_types.UTF8_TYPES:
            body = body.decode("utf-8")
        result = self._hooks.transform(self._model, body, content_type, accept, context)
        answer, kind = result if isinstance(result, tuple) else (result, accept)
        context.set_response_content_type(0, kind)
        return answer

    def _functions(self) -> Any:
        """Return the user's module, with what the handler does before and after loading where the module does
        not."""
        module = self._module()
        own = {name: getattr(module, name, None) for name in ("model_fn", "transform_fn", *STEPS)}
        for name in ("pre_model_fn", "model_warmup_fn"):
            handler = getattr(self._default_inference_handler, f"default_{name}", None)
            own[name] = getattr(module, name, handler)
        return SimpleNamespace(**own)

    def _module(self) -> ModuleType | None:
        name = self._environment.module_name
        return importlib.import_module(name) if importlib.util.find_spec(name) else None

    def _defaults(self) -> dict[str, Any]:
        names = ("model_fn", *STEPS)
        return {name: getattr(self._default_inference_handler, f"default_{name}") for name in names}
