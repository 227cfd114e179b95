"""A container that serves many models: loaded when an invocation names them, unloaded when there is no room, the one that was
used longest ago first.

The container knows which models are loaded, and the disk which are here: so a bridge that takes another's place learns
both. Source: "Custom Containers Contract for Multi-Model Endpoints" and "Invoke a Multi-Model Endpoint" (SageMaker developer guide).
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import threading
import time

from .bridge_http import Call
from .model_store import FOLDER, NoRoom, NotFetched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .bridge_http import Send, Server
    from .model_store import ModelStore

TARGET = "x-amzn-sagemaker-target-model"
REFUSAL = "x-clary-refusal"  # how the platform is told that it is not the container that answers
_READY_SECONDS = 60.0  # that an invocation waits for its model; loading goes on
_LOAD_SECONDS = 360.0
_LIST_SECONDS = (
    10.0  # a busy container may not say what is loaded; then it says so when it is to load it again
)
_NAME = re.compile(r"[0-9a-f]{32}")
_MOST = 1 << 20  # bytes of an answer about models
_PAGES = 1000
_ABSENT, _FULL, _THERE = 404, 507, 409


class Refused(Exception):
    """An invocation is not passed on. `code` is AWS's error, or empty where the answer of the container is the reason."""

    def __init__(self, status: int, text: str, code: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class Model:
    """A model that is loading, loaded or leaving; `users` are invocations under way."""

    __slots__ = ("failure", "name", "state", "target", "used", "users")

    def __init__(self, name: str, target: str, state: str = "loading") -> None:
        self.name = name
        self.target = target
        self.state = state
        self.users = 0
        self.used = time.monotonic()
        self.failure: Refused | None = None


class Models:
    """The models of one container. `keeps`: they stay loaded after an invocation. `elsewhere` runs an act in a thread of the
    machine's network, where S3 is."""

    def __init__(
        self, port: int, store: ModelStore, keeps: bool, elsewhere: Callable[[Callable[[], None]], None]
    ) -> None:
        self._port = port
        self._store = store
        self._keeps = keeps
        self._elsewhere = elsewhere
        self._known: dict[str, Model] | None = None
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def held(self, target: str) -> Iterator[Model]:
        """Have a model loaded while an invocation uses it. Raise Refused."""
        model = self._take(target)
        try:
            self._await(model)
            yield model
        finally:
            self._let_go(model)

    def _take(self, target: str) -> Model:
        name = hashlib.sha256(target.encode()).hexdigest()[:32]
        with self._changed:
            known = self._learned()
            self._changed.wait_for(lambda: name not in known or known[name].state != "leaving")
            model = known.get(name)
            if model is None:
                model = known[name] = Model(name, target)
                self._begin(model)
            model.users += 1
            model.target = target
            return model

    def _begin(self, model: Model) -> None:
        threading.Thread(target=self._load, args=(model,), daemon=True).start()

    def _await(self, model: Model) -> None:
        with self._changed:
            self._changed.wait_for(lambda: model.state != "loading", _READY_SECONDS)
            if model.state == "loading":
                text = f"Model {model.target} is still loading. Please retry your request."
                raise Refused(429, text, "ModelNotReadyException")
        if model.failure:
            raise model.failure

    def _let_go(self, model: Model) -> None:
        with self._changed:
            model.users -= 1
            model.used = time.monotonic()
            gone = not self._keeps and not model.users and self._leave(model)
        if gone:
            self._unload(model, remove=True)

    def again(self, model: Model) -> None:
        """Load a model that the container does not have any more. Raise Refused."""
        with self._changed:
            if model.state == "loaded":
                model.state = "loading"
                self._begin(model)
        self._await(model)

    def make_room(self, beside: Model) -> bool:
        """Unload the model that was used longest ago. Return whether there was one."""
        victim = self._victim(beside)
        if victim:
            self._unload(victim)
        return victim is not None

    def _victim(self, beside: Model) -> Model | None:
        with self._changed:
            idle = [
                one
                for one in self._learned().values()
                if one is not beside and not one.users and one.state == "loaded"
            ]
            victim = min(idle, key=lambda one: one.used, default=None)
            if victim:
                self._leave(victim)
            return victim

    def _leave(self, model: Model) -> bool:
        """Mark a loaded model as one that goes. For the holder of the lock."""
        if model.state != "loaded":
            return False
        model.state = "leaving"
        return True

    def _unload(self, model: Model, *, remove: bool = False) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._say("DELETE", f"/models/{model.name}")
        if remove:
            self._store.remove(model.name)
        with self._changed:
            self._learned().pop(model.name, None)
            self._changed.notify_all()

    # loading ----------------------------------------------------------------------------------------------------------
    def _load(self, model: Model) -> None:
        """In a thread of its own. Whatever becomes of it is in the model."""
        failure: Refused | None = Refused(500, f"model {model.target} could not be loaded")
        try:
            self._fetch(model)
            failure = self._tell(model)
        except Refused as refusal:
            failure = refusal
        except (OSError, http.client.HTTPException) as error:
            failure = Refused(500, f"The container did not load the model: {error or type(error).__name__}")
        finally:
            if failure:
                self._store.remove(model.name)
            with self._changed:
                model.failure, model.state = failure, "failed" if failure else "loaded"
                if failure:
                    self._learned().pop(model.name, None)
                self._changed.notify_all()

    def _fetch(self, model: Model) -> None:
        while True:
            failures: list[Exception] = []
            self._elsewhere(lambda kept=failures: self._once(model, kept))
            if not failures:
                return
            if not isinstance(failures[0], NoRoom):
                raise _refused(failures[0])
            if not self._free_disk(model):
                raise Refused(_FULL, f"No room for model {model.target}: {failures[0]}")

    def _once(self, model: Model, failures: list[Exception]) -> None:
        try:
            self._store.fetch(model.name, model.target)
        except Exception as error:
            failures.append(error)

    def _free_disk(self, model: Model) -> bool:
        """Remove the files of a model that is not loaded, else of the one that was used longest ago."""
        with self._changed:
            known = self._learned()
            unloaded = [name for name in self._store.names() if name not in known]
            for name in unloaded[:1]:
                self._store.remove(name)
        if unloaded:
            return True
        victim = self._victim(model)
        if victim:
            self._unload(victim, remove=True)
        return victim is not None

    def _tell(self, model: Model) -> Refused | None:
        """Tell the container to load a model, and make room as long as it says that there is none."""
        asked = json.dumps({"model_name": model.name, "url": f"/opt/ml/{FOLDER}/{model.name}/model"})
        while True:
            status, said = self._say("POST", "/models", asked)
            if 200 <= status < 300 or status == _THERE:
                return None
            if status != _FULL or not self.make_room(model):
                return Refused(status, said)

    def _say(self, method: str, path: str, body: str = "", seconds: float = _LOAD_SECONDS) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
            line.request(method, path, body or None, headers)
            answer = line.getresponse()
            return answer.status, answer.read(_MOST).decode(errors="replace")
        finally:
            line.close()

    # learning ---------------------------------------------------------------------------------------------------------
    def _learned(self) -> dict[str, Model]:
        """Return what is known; at first ask the container what an earlier bridge has loaded. For the holder of the lock."""
        if self._known is None:
            names = [name for name in self._listed() if _NAME.fullmatch(name)]
            self._known = {name: Model(name, "", "loaded") for name in names}
        return self._known

    def _listed(self) -> Iterator[str]:
        """Yield the names of loaded models; none where the container does not say."""
        path = "/models"
        for _ in range(_PAGES):
            try:
                status, said = self._say("GET", path, seconds=_LIST_SECONDS)
                page: Any = json.loads(said) if status == 200 else {}
                yield from [str(one["modelName"]) for one in page.get("models", [])]
                token = page.get("nextPageToken")
            except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
                return
            if not token:
                return
            path = f"/models?next_page_token={token}"


def _refused(error: Exception) -> Refused:
    if isinstance(error, NotFetched):
        return Refused(400, str(error), "ValidationError")
    return Refused(500, f"The model could not be fetched: {error}")


class ModelCall(Call):
    """One invocation of a model that is named."""

    def __init__(self, models: Models, stream: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(stream, headers, body)
        self._models = models
        self._target = headers.get(TARGET, "")
        self._model: Model | None = None

    def ask(self, server: Server, send: Send) -> None:
        """Ask the container once the model is loaded, or say why it is not."""
        if not self._target:
            super().ask(server, send)
            return
        try:
            with self._models.held(self._target) as model:
                self._model, self._path = model, f"/models/{model.name}/invoke"
                super().ask(server, send)
        except Refused as refusal:
            self._refuse(refusal, send)

    def _refuse(self, refusal: Refused, send: Send) -> None:
        kind = {"content-type": "text/plain"} | ({REFUSAL: refusal.code} if refusal.code else {})
        self.say(refusal.status, kind, str(refusal).encode(), send)

    def _response(self, server: Server) -> http.client.HTTPResponse:
        """Return the beginning of an answer. A container that has lost the model, or has no room to use it, is asked again
        after that has been changed."""
        answer = super()._response(server)
        model, reloaded = self._model, False
        while model and answer.status in (_ABSENT, _FULL):
            if answer.status == _ABSENT and not reloaded:
                reloaded = True
                self._models.again(model)
            elif answer.status == _ABSENT or not self._models.make_room(model):
                return answer
            self._hang_up()
            answer = super()._response(server)
        return answer
