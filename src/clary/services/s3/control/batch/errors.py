"""The errors of S3 Batch Operations.

Sources: the API reference of S3 Control, and "Troubleshooting S3 Batch Operations"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-batch-operations.html).
"""

from __future__ import annotations

from clary.kernel import AwsError


class JobFailure(Exception):
    """A job fails as a whole, with a code and a reason that DescribeJob shows."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


def no_such_job() -> AwsError:
    return AwsError("NoSuchJob", "The specified job does not exist", 404)


def invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message)


def wrong_status(status: str, wanted: str) -> AwsError:
    return AwsError("JobStatusException", f"The job is in status {status} and cannot become {wanted}.")


def used_token() -> AwsError:
    message = "The client request token was used before, with other parameters."
    return AwsError("IdempotencyException", message)


def too_many_tags(most: int) -> AwsError:
    return AwsError("TooManyTagsException", f"A job can have up to {most} tags.")


def bad_token() -> AwsError:
    return AwsError("InvalidNextTokenException", "The next token is not valid.")
