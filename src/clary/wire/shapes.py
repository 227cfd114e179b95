"""What compilers of codecs and checks need to know of a model. The model itself is in model.py, which knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

# What botocore calls a shape. Its attributes are computed in a way that no type checker sees, hence Any.
Shape: TypeAlias = Any


class ServiceFacts(Protocol):
    """A ServiceModel, as far as checks and codecs look at it. What it works out at first use is Any to a checker."""

    @property
    def name(self) -> str: ...
    @property
    def metadata(self) -> Mapping[str, Any]: ...
    @property
    def compiled(self) -> dict[Any, Any]: ...
    @property
    def validation_code(self) -> Any: ...


class OperationFacts(Protocol):
    """An Operation, as far as checks look at it."""

    @property
    def service(self) -> ServiceFacts: ...
    @property
    def description(self) -> Mapping[str, Any]: ...
    @property
    def input(self) -> Any: ...
    @property
    def input_members(self) -> Any: ...
