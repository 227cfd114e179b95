"""The queue of a mapping, asked as the function's role."""

from __future__ import annotations

from typing import Any

from clary.kernel import Arn, AwsError, Caller
from clary.plane.port import Plane
from clary.services.lambda_.errors import invalid
from clary.services.lambda_.running.reports import Stream, acting

Params = dict[str, Any]


class Queue:
    """A queue of SQS, and the role that asks it."""

    def __init__(self, platform: Plane, arn: str, caller: Caller) -> None:
        self._platform, self._caller = platform, caller
        self.arn = Arn.parse(arn)
        self.url = f"{platform.settings.endpoint.rstrip('/')}/{self.arn.account}/{self.arn.resource}"

    async def ask(self, operation: str, **params: Any) -> Params:
        """Call an operation on the queue."""
        asked = {"QueueUrl": self.url, **params}
        return await self._platform.aperform("sqs", operation, asked, self._caller, self.arn.region)


async def queue_of(platform: Plane, arn: str, config: Params, scope: str) -> Queue:
    """Return a queue as a function's role asks it. Raise AccessDenied where Lambda may not take the role."""
    stream = Stream(scope, "", "", config["Role"], _function_arn(config))
    caller = await platform.store.run(lambda tx: acting(platform, tx, stream), write=False)
    return Queue(platform, arn, caller)


def _function_arn(config: Params) -> str:
    return ":".join(config["FunctionArn"].split(":")[:7])


async def check(queue: Queue, timeout: int) -> None:
    """Raise InvalidParameterValue for a queue that is not there, that the role may not read, or that shows a message again
    before the function has had its time."""
    try:
        found = await queue.ask("GetQueueAttributes", AttributeNames=["VisibilityTimeout"])
    except AwsError as error:
        raise _refused(error) from None
    visible = int(found.get("Attributes", {}).get("VisibilityTimeout", 30))
    if visible < timeout:
        raise invalid(
            f"Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds"
        )


def _refused(error: AwsError) -> AwsError:
    if error.status == 403:
        return invalid("The function execution role does not have permissions to call ReceiveMessage on SQS")
    code = "AWS.SimpleQueueService.NonExistentQueue" if "DoesNotExist" in error.code else error.code
    return invalid(
        f"Error occurred while ReceiveMessage. SQS Error Code: {code}. SQS Error Message: {error.message}"
    )
