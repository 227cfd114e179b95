"""What follows a push or a deletion: replication reads of it in the change feed. Knows no consumer."""

from __future__ import annotations

from clary.plane import Context, Record

KIND = "ecr:Image"
PUSHED, DELETED = "pushed", "deleted"


def tell(ctx: Context, repository: Record, digest: str, tag: str, what: str = PUSHED) -> None:
    """Write down that an image was pushed, or that it or one of its tags was deleted."""
    view = {"repository": repository.arn, "digest": digest, "tag": tag}
    ctx.tx.changed(KIND, repository.scope, f"{repository.id}@{digest}", repository.arn, what, view)
