"""Amazon Resource Names: `arn:partition:service:region:account:resource`."""

from __future__ import annotations

from typing import NamedTuple


class Arn(NamedTuple):
    """The six parts of an ARN; `resource` keeps its own colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Split an ARN. Raise ValueError for other text."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise ValueError(f"not an ARN: {text}")
        return cls(*parts[1:])

    @property
    def kind(self) -> str:
        """What stands before the first slash or colon of the resource: `training-job`, `role`."""
        return self.resource.replace(":", "/").split("/", 1)[0]

    @property
    def name(self) -> str:
        """What stands after the last slash of the resource."""
        return self.resource.rsplit("/", 1)[-1]

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"
