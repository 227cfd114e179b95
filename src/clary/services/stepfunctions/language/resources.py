"""Resources of Task states: `arn:aws:states:::sqs:sendMessage.waitForTaskToken`, functions and activities."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from clary.services.stepfunctions.language.errors import Invalid

_SERVICE = re.compile(
    r"arn:(?:aws[\w-]*):states:::(?P<service>aws-sdk:[\w-]+|[\w-]+):(?P<action>\w+)(?P<pattern>\.(?:sync(?::2)?|waitForTaskToken))?"
)
_FUNCTION = re.compile(r"arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w$:-]+")
_ACTIVITY = re.compile(r"arn:aws[\w-]*:states:[\w-]+:\d{12}:activity:.{1,80}")


@dataclass(frozen=True, slots=True)
class Resource:
    """`family` is service, lambda or activity; `service` may be `aws-sdk:s3`; `action` has its pattern behind it."""

    family: str
    service: str = ""
    action: str = ""
    pattern: str = ""

    @property
    def needs_token(self) -> bool:
        """Whether somebody reports with a token what became of the task."""
        return self.family == "activity" or self.pattern == "waitForTaskToken"

    @property
    def name(self) -> str:
        """Return the action without its pattern."""
        return self.action.partition(".")[0]


@lru_cache(maxsize=1024)
def read(text: str) -> Resource:
    """Return what a Resource names. Raise Invalid."""
    if found := _SERVICE.fullmatch(text):
        pattern = found["pattern"] or ""
        return Resource("service", found["service"], found["action"] + pattern, pattern.removeprefix("."))
    if _FUNCTION.fullmatch(text):
        return Resource("lambda")
    if _ACTIVITY.fullmatch(text):
        return Resource("activity")
    raise Invalid(f"{text!r} is not a resource")
