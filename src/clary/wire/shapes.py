"""What botocore calls a shape. Its attributes are computed in a way that no type checker sees, hence Any."""

from __future__ import annotations

from typing import Any, TypeAlias

Shape: TypeAlias = Any
