"""Names of functions: a name, a partial ARN or an ARN, with a qualifier in it or beside it.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, "FunctionName". The model checks the form of both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from clary.plane import Arn, Context
from clary.services.lambda_.errors import invalid, not_found

Params = dict[str, Any]
LATEST = "$LATEST"
_FORM = re.compile(
    r"(?:arn:(?P<partition>aws[a-zA-Z-]*):lambda:)?(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9_.-]+)(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?"
)
_ALIAS = re.compile(r"(?!^[0-9]+$)[a-zA-Z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Named:
    """A function as a request names it. `qualifier` is '' where the request has none."""

    partition: str
    region: str
    account: str
    name: str
    qualifier: str = ""

    @property
    def scope(self) -> str:
        return f"{self.account}/{self.region}"

    @property
    def arn(self) -> str:
        """The ARN of the function itself."""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def qualified(self) -> str:
        """The ARN with the qualifier that was given, if any."""
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn

    @property
    def exact(self) -> str:
        """The ARN with a qualifier, $LATEST where none was given."""
        return f"{self.arn}:{self.qualifier or LATEST}"

    @property
    def resource(self) -> str:
        """The key of its resource policy."""
        return f"{self.name}:{self.qualifier}" if self.qualifier else self.name

    @property
    def is_version(self) -> bool:
        """Whether the qualifier is the number of a version."""
        return self.qualifier.isascii() and self.qualifier.isdigit()

    @property
    def is_alias(self) -> bool:
        return bool(_ALIAS.fullmatch(self.qualifier))

    def at(self, qualifier: str) -> Named:
        """Return the same function with another qualifier."""
        return replace(self, qualifier=qualifier)


def parse(ctx: Context, text: str, qualifier: str | None = None) -> Named:
    """Return the function that a text and a qualifier beside it name.

    Raise InvalidParameterValue where they contradict each other, ResourceNotFound for another region.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise not_found(f"Function not found: {ctx.arn(f'function:{text}')}")
    own = found["qualifier"] or ""
    if own and qualifier and own != qualifier:
        raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
    region = found["region"] or ctx.region
    if region != ctx.region:
        raise not_found(f"Functions from '{region}' are not reachable in this region ('{ctx.region}')")
    return Named(
        ctx.partition, region, found["account"] or ctx.account, found["name"], own or qualifier or ""
    )


def of(ctx: Context, params: Params) -> Named:
    """Return the function that a request names."""
    return parse(ctx, params["FunctionName"], params.get("Qualifier"))


def of_arn(arn: str) -> Named | None:
    """Return the function that an ARN names, or None for the ARN of something else."""
    parts = Arn.parse(arn)
    words = parts.resource.split(":")
    if parts.service != "lambda" or words[0] != "function" or len(words) not in (2, 3):
        return None
    return Named(parts.partition, parts.region, parts.account, words[1], "".join(words[2:]))


def target(ctx: Context, params: Params) -> list[str]:
    """Return what access control is asked about: the ARN with the qualifier that was given."""
    return [of(ctx, params).qualified]


def whole(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the function alone, for operations that are about all of it."""
    return [of(ctx, params).arn]


def unqualified(ctx: Context, params: Params) -> Named:
    """Return the function that a request names; raise InvalidParameterValue where it names a version or an alias."""
    named = of(ctx, params)
    if named.qualifier:
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        )
    return named


def layer_arn(ctx: Context, name: str, version: int | None = None) -> str:
    """Return the ARN of a layer or of one of its versions."""
    return ctx.arn(f"layer:{name}" if version is None else f"layer:{name}:{version}")
