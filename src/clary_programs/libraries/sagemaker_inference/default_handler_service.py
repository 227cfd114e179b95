"""The service that the model server runs unless a script brings another."""

from __future__ import annotations

import os
from typing import Any

from .transformer import Transformer

PYTHON_PATH_ENV = "PYTHONPATH"


class DefaultHandlerService:
    """Passes everything to a transformer."""

    def __init__(self, transformer: Any = None) -> None:
        self._service = transformer or Transformer()

    def handle(self, data: list[dict[str, Any]], context: Any) -> list[Any]:
        """Return the answers to requests."""
        return self._service.transform(data, context)

    def initialize(self, context: Any) -> None:
        """Load the model; its folder `code` comes first in PYTHONPATH from now on."""
        model_dir = context.system_properties.get("model_dir")
        os.environ[PYTHON_PATH_ENV] = f"{model_dir}/code:" + os.environ.get(PYTHON_PATH_ENV, "")
        self._service.validate_and_initialize(model_dir=model_dir, context=context)
