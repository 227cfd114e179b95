"""IAM's directory of keys and policies, imported at its first use: with the first signed request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from clary.kernel import Clock
from clary.kernel.sealing import SealingKey

if TYPE_CHECKING:
    from clary.services.iam.directory import IamDirectory


class _Late:
    """A proxy for the directory. Each of its methods is looked up once."""

    def __init__(self, clock: Clock, partition: str, sealer: SealingKey) -> None:
        self._clock = clock
        self._sealer = sealer
        self._partition = partition
        self._directory: IamDirectory | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._found(), name)
        setattr(self, name, found)
        return found

    def _found(self) -> IamDirectory:
        if self._directory is None:
            from clary.services.iam.directory import IamDirectory

            self._directory = IamDirectory(self._clock, self._partition, self._sealer)
        return self._directory


def late_directory(clock: Clock, partition: str, sealer: SealingKey) -> IamDirectory:
    """Return a proxy that behaves like the directory."""
    return cast("IamDirectory", _Late(clock, partition, sealer))
