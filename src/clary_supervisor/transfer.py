"""What a run exchanges with S3, as its life sees it: inputs before, pipes and continuous outputs beside, outputs after.

Loaded only where a run exchanges anything: HTTP is most of what a supervisor could import.
"""

from __future__ import annotations

from . import upload
from .account import Account, Closing
from .credentials import Credentials
from .download import Downloads, translate
from .faults import Ended
from .pipe import Pipe, pipes
from .s3 import S3, Cancelled
from .sync import Sync, folders
from .watch import stop_wished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _client(spec: dict[str, Any], plan: dict[str, Any], cancelled: Callable[[], bool]) -> S3:
    credentials = Credentials(spec["credentials_uri"], spec["credentials_token"])
    return S3(spec["endpoint"], spec["region"], credentials, plan["patience"], cancelled)


def fetch_inputs(run: str, spec: dict[str, Any], plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Fetch File inputs for all hosts; return what the inputs were (witness.py). Raise Ended (download, disk, stopped)."""
    downloads = Downloads(run, spec, _client(spec, plan, lambda: stop_wished(run)))
    try:
        downloads.fetch()
        return downloads.seen
    except Ended:
        raise
    except Exception as error:
        raise translate(error, "download") from None


def account_of(run: str, spec: dict[str, Any], closing: Closing) -> Account:
    return Account(run, spec["resources"]["volume"], closing)


def send_outputs(
    run: str, spec: dict[str, Any], plan: dict[str, Any], wanted: list[dict[str, Any]], closing: Closing
) -> list[dict[str, Any]]:
    """Upload these outputs; return what the archives among them were. Raise Ended (upload, disk, stopped)."""
    s3 = _client(spec, plan, closing.over)
    account = account_of(run, spec, closing)
    try:
        sent = [upload.send(run, spec, s3, output, account) for output in wanted]
        return [made for made in sent if made]
    except Cancelled:
        raise closing.end() from None
    except Exception as error:
        raise translate(error, "upload") from None


class Beside:
    """What goes on while programs run. Made before they start, begun after: a fork with threads is no good fork."""

    def __init__(
        self, run: str, spec: dict[str, Any], plan: dict[str, Any], fresh: bool, closing: Closing
    ) -> None:
        self._over = False
        self._closing = closing
        s3 = _client(spec, plan, lambda: self._over)
        try:
            self._pipes: list[Pipe] = pipes(run, spec, s3) if fresh else []
        except Ended:
            raise
        except Exception as error:
            raise translate(error, "download") from None
        # A copy that is under way when the program ends is finished all the same, in the time that there is for it.
        made = folders(run, spec, _client(spec, plan, closing.over), lambda: account_of(run, spec, closing))
        self._sync = Sync(made, plan["sync_every"], fresh)

    def begin(self) -> None:
        for pipe in self._pipes:
            pipe.begin()
        self._sync.begin()

    def finish(self) -> None:
        """End all threads."""
        self._over = True
        for pipe in self._pipes:
            pipe.finish()
        self._sync.finish()

    def failure(self) -> BaseException | None:
        """Return what went wrong with a pipe, as the reason that ends the run."""
        failed = next((pipe.failure for pipe in self._pipes if pipe.failure), None)
        return translate(failed, "download") if failed else None

    def last(self) -> None:
        """Upload what is left of continuous outputs. Raise Ended (upload, stopped)."""
        try:
            self._sync.last()
        except Cancelled:
            raise self._closing.end() from None
        except Exception as error:
            raise translate(error, "upload") from None
