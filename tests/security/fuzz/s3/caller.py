"""The owner of a world, whose client checks nothing and sends what it is told to."""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.inprocess import ENDPOINT
from tests.security.fuzz.s3.wire import Changes
from tests.security.matrix.world import World


class Careless:
    """Calls operations, and remembers what came back."""

    def __init__(self, world: World, service: str) -> None:
        self._send = world._app.send
        self._changes = Changes()
        self.status: int | None = None  # of the last answer, None where nothing was sent
        config = Config(parameter_validation=False, retries={"max_attempts": 0, "mode": "standard"})
        owner = world.owner
        self._client = Session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=ENDPOINT,
            aws_access_key_id=owner.key,
            aws_secret_access_key=owner.secret,
            config=config,
        )
        self._client.meta.events.register("before-sign", self._change)
        self._client.meta.events.register("before-send", self._answer)

    def _change(self, **event: Any) -> None:
        self._changes.make(**event)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        self.status = 0  # what raises now is the platform
        answer = self._send(request)
        self.status = answer.status_code
        return answer

    def call(self, operation: str, params: dict[str, Any], changes: Changes) -> dict[str, Any]:
        """Return the error of an answer, or {}. Raise what is raised after something was sent; `status` is None if nothing was."""
        self._changes, self.status = changes, None
        try:
            done = getattr(self._client, xform_name(operation))(**params)
            list(done.get("Payload", ()))  # the events of a query
        except ClientError as error:
            return error.response["Error"]
        except Exception:
            if self.status is not None:
                raise
        return {}
