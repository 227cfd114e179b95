"""SageMaker: one module per family, each with the CASES of its operations. Modules are found by walking the folder."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.security.matrix.inputs.sagemaker.core import prepare

__all__ = ["CASES", "prepare"]

CASES = {
    operation: case
    for module in iter_modules(__path__)
    for operation, case in import_module(f"{__name__}.{module.name}").CASES.items()
}
