"""A task as it is carried out: which object, as whom, and what the job says of it."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from clary.kernel import AwsError, Caller
from clary.plane import Record
from clary.plane.port import Plane
from clary.services.s3.control.batch.noun import operation_of
from clary.services.s3.control.batch.rows import Task

Params = dict[str, Any]


class Refused(Exception):
    """A task fails for good, whatever the HTTP status of its error says."""

    def __init__(self, error: AwsError) -> None:
        super().__init__(str(error))
        self.error = error


class Doing(NamedTuple):
    platform: Plane
    job: Record
    who: Caller
    task: Task

    @property
    def said(self) -> Params:
        """What the job says of its operation."""
        return self.job.spec["Operation"][operation_of(self.job)]

    @property
    def key(self) -> str:
        """The object's key. "Object keys must be URL-encoded"."""
        return unquote_plus(self.task.key)

    @property
    def named(self) -> Params:
        """The members that name the object in a request."""
        version = {} if self.task.version is None else {"VersionId": self.task.version}
        return {"Bucket": self.task.bucket, "Key": self.key, **version}
