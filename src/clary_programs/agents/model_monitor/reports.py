"""Write the job's results: JSON documents, and the text that becomes ExitMessage."""

import json
from pathlib import Path
from typing import Any

# AWS keeps the first kilobyte of the message.
MESSAGE_LIMIT = 1024


def write_document(folder: Path, name: str, document: dict[str, Any]) -> None:
    """Write the document to `folder/name` atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.partial"
    partial.write_text(json.dumps(document, indent=2, allow_nan=False))
    partial.replace(folder / name)


def write_message(path: Path, words: str) -> None:
    """Write the exit message, cut to what AWS keeps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(words.encode()[:MESSAGE_LIMIT].decode(errors="ignore").encode())


def monitoring_words(violations: int) -> str:
    """Return what a monitoring execution says; the platform reads its status from the first word."""
    if violations:
        return f"CompletedWithViolations: Job completed successfully with {violations} violations."
    return "Completed: Job completed successfully with no violations."
