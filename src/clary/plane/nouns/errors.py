"""AWS's errors for a noun that is missing, taken or busy."""

from __future__ import annotations

from dataclasses import dataclass

from clary.kernel import AwsError


@dataclass(frozen=True, slots=True)
class Errors:
    """Codes and messages, with `{arn}`, `{id}`, `{status}` and `{words}` (`training job`) filled in."""

    missing_code: str = "ValidationException"
    missing: str = "Requested resource not found."
    taken_code: str = "ValidationException"
    taken: str = "Resource already exists: {arn}"
    busy_code: str = "ValidationException"
    busy: str = "The {words} {arn} is in status {status}."
    ended: str = "The request was rejected because the {words} is in status {status}."

    def not_found(self, arn: str, id: str, words: str = "") -> AwsError:
        return AwsError(self.missing_code, self.missing.format(arn=arn, id=id, words=words))

    def exists(self, arn: str, id: str, words: str = "") -> AwsError:
        return AwsError(self.taken_code, self.taken.format(arn=arn, id=id, words=words))

    def in_use(self, arn: str, id: str, status: str, words: str = "") -> AwsError:
        """Return the error for changing or deleting a record that is busy."""
        return AwsError(self.busy_code, self.busy.format(arn=arn, id=id, status=status, words=words))

    def has_ended(self, status: str, words: str) -> AwsError:
        """Return the error for stopping a record that has ended."""
        return AwsError("ValidationException", self.ended.format(status=status, words=words))
