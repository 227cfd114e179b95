"""The images of a repository that a lifecycle policy may let expire, as they are now.

Left out are images that an index names, until that is gone, and artifacts that refer to another image, which go with it.
"""

from __future__ import annotations

from collections import defaultdict

from clary.kernel import Timeline
from clary.services.ecr.lifecycle.rules import Candidate
from clary.store.api import Tx


def of(tx: Tx, repository: str, timeline: Timeline) -> list[Candidate]:
    """Return the candidates; when they were pushed is said in business time."""
    tags: dict[str, list[str]] = defaultdict(list)
    for digest, tag in tx.sql(
        "select digest, tag from ecr_tag where repository = ? order by tag", repository
    ):
        tags[digest].append(tag)
    images = tx.sql(
        "select digest, pushed from ecr_image where repository = ? and subject = '' and not exists (select 1 from "
        "ecr_reference where ecr_reference.repository = ecr_image.repository and kind = 'image' and "
        "ecr_reference.digest = ecr_image.digest)",
        repository,
    )
    return [Candidate(digest, tuple(tags[digest]), timeline.business(pushed)) for digest, pushed in images]
