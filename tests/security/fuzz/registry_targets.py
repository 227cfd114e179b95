"""The parsers of the image registry. targets.py has the others."""

from __future__ import annotations

from collections.abc import Callable

from clary.services.ecr.globs import matches
from clary.services.ecr.images import manifests
from clary.services.ecr.lifecycle import documents
from clary.services.ecr.tokens import passwords
from tests.security.fuzz.harness import Target

Text = Callable[[Callable[[str], object]], Callable[[bytes], object]]

_MANIFEST = (
    b'{"schemaVersion": 2, "config": ', b'"layers": [', b'"manifests": [', b'{"digest": "sha256:', b"a" * 64,
    b'", "size": 1', b"}", b"]", b",", b'"mediaType": "application/vnd.oci.image.manifest.v1+json"', b'"subject": ', b"[", b"9",
)  # fmt: skip
_LIFECYCLE = (
    b'{"rules": [', b'{"rulePriority": 1, "selection": {"tagStatus": "any", ', b'"countType": "imageCountMoreThan", ',
    b'"countNumber": 1', b'}, "action": {"type": "expire"}}', b"]", b"}", b",", b'"tagPatternList": ["*"]', b"1", b"null",
)  # fmt: skip


def registry_targets(text: Text) -> tuple[Target, ...]:
    """Return the targets. `text` makes one of a function of text."""
    return (
        Target("image manifest", text(manifests.parse), _MANIFEST),
        Target("lifecycle policy of images", text(documents.parse), _LIFECYCLE),
        Target("password of a registry", text(lambda said: passwords.read(b"key", said)), (b"AAAA", b"eJw", b"=", b"-", b"_", b"\n")),
        Target("pattern of tags", text(lambda said: matches(said[:128], said)), (b"*", b"a", b"ab", b"-"), longest=2048),
    )  # fmt: skip
