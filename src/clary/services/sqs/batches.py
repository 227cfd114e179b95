"""Batches: what all operations on several messages have in common. Knows no message.

Sentences as recorded (test_delete_message_batch_with_too_large_batch, test_invalid_batch_id).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from clary.kernel import AwsError

_MOST = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check(entries: Sequence[Any], kind: str) -> None:
    """Raise the error for a batch that is empty or too long, or whose ids are wrong. `kind` is what an entry is called."""
    if not entries:
        said = f"There should be at least one {kind} in the request."
        raise AwsError("EmptyBatchRequest", said)
    if len(entries) > _MOST:
        said = f"Maximum number of entries per request are {_MOST}. You have sent {len(entries)}."
        raise AwsError("TooManyEntriesInBatchRequest", said)
    seen: set[str] = set()
    for entry in entries:
        _check_id(entry["Id"], seen)
        seen.add(entry["Id"])


def _check_id(id: str, seen: set[str]) -> None:
    if not _ID.fullmatch(id):
        said = (
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80"
            " letters long."
        )
        raise AwsError("InvalidBatchEntryId", said)
    if id in seen:
        raise AwsError("BatchEntryIdsNotDistinct", f"Id {id} repeated.")


def failed(id: str, error: AwsError) -> dict[str, Any]:
    """Return the entry of an answer that says why one message failed."""
    said = {"Message": error.message} if error.message else {}
    return {"Id": id, "SenderFault": error.senders_fault, "Code": error.code, **said}


def answer(done: list[Any], refused: list[Any]) -> dict[str, Any]:
    """Return the answer to a batch: only the lists that are not empty, as AWS does (recorded: test_send_batch_message_size)."""
    both = {"Successful": done, "Failed": refused}
    return {name: entries for name, entries in both.items() if entries}
