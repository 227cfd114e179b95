"""Values of an execution, as a test knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Known:
    """What resolve and evaluate ask for."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    executions: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    experiments: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, Any] = field(default_factory=dict)

    def parameter(self, name: str) -> Any:
        return self.parameters[name]

    def execution(self, name: str) -> str:
        return self.executions[name]

    def step(self, name: str) -> Mapping[str, Any]:
        return self.steps[name]

    def property_file(self, step: str, file: str) -> Any:
        return self.files[step, file]

    def experiment(self, name: str) -> str:
        return self.experiments[name]

    def s3_json(self, uri: str) -> Any:
        return self.objects[uri]
