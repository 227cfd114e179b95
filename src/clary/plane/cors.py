"""What a service lets pages of other origins do with it (CORS). Each service says it of itself, as its `cors`.

A service without one answers pages nothing: browsers keep such answers from them. At AWS that is so for SageMaker and
its runtime; of those services that AWS does open to pages, the AWS SDK for JavaScript has the list (`cors` in its
`apis/metadata.json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from clary.store.api import Tx

Headers = Mapping[str, str]


class Cors(Protocol):
    """A service's rules for pages. `path` is raw, with the name in front that clients may put into the host instead (a
    bucket); `headers` are the request's, by lower-case name."""

    def claims(self, host: str) -> bool:
        """Tell whether a request that nobody signed is for this service, by the host's name (lower case, no port)."""
        ...

    def preflight(self, tx: Tx, path: str, headers: Headers) -> Headers:
        """Return the headers of the answer to OPTIONS. Raise AwsError where no rule lets the page in."""
        ...

    def allowed(self, tx: Tx, path: str, method: str, headers: Headers) -> Headers | None:
        """Return what is added to the answer to a request with an Origin, None where no rule lets the page see it."""
        ...
