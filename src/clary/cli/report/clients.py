"""The clients of one platform that reports ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from clary.cli.aws import code_of

Document = dict[str, Any]
SERVICES = ("sagemaker", "s3", "cloudwatch", "sagemaker-metrics")
# What SageMaker's Describe operations answer where there is nothing of a name.
_MISSING = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")


@dataclass(frozen=True, slots=True)
class Clients:
    """boto3's clients of SERVICES: SageMaker, S3, CloudWatch and SageMaker Metrics."""

    sagemaker: Any
    s3: Any
    cloudwatch: Any
    metrics: Any

    @property
    def error(self) -> type[Exception]:
        """Return the class of the errors that the platform answers."""
        return self.sagemaker.exceptions.ClientError

    def described(self, operation: str, **names: str) -> Document | None:
        """Return what a Describe call answers, None where there is nothing of the name."""
        try:
            return getattr(self.sagemaker, operation)(**names)
        except self.error as error:
            if code_of(error) in _MISSING:
                return None
            raise

    def listed(self, operation: str, member: str, most: int, **asked: Any) -> list[Document]:
        """Return at most `most` entries of a List operation's pages."""
        return list(islice(self._entries(operation, member, asked), most))

    def _entries(self, operation: str, member: str, asked: Document) -> Iterator[Document]:
        for page in self.sagemaker.get_paginator(operation).paginate(**asked):
            yield from page[member]
