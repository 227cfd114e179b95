"""What an `output_fn` or `transform_fn` may return: an answer with its own status and content type."""

from __future__ import annotations

from collections.abc import Mapping


class Response:
    """As much of a Flask response as the model server reads."""

    def __init__(
        self,
        response: str | bytes | None = None,
        accept: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        mimetype: str | None = None,
    ) -> None:
        self.status_code, self.headers = int(status), dict(headers or {})
        self.mimetype = mimetype or "application/json"
        self._body = response.encode() if isinstance(response, str) else response or b""

    def get_data(self, as_text: bool = False) -> str | bytes:
        """The body."""
        return self._body.decode() if as_text else self._body
