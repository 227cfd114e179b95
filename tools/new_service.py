"""`./run new-service NAME`: a folder for another AWS service with its face, a test that it answers nothing yet, and
the module in which its operations are told how to be tried by everybody who must not (tests/security/matrix).

NAME is botocore's, such as `secretsmanager` or `bedrock-runtime`. It writes files, and the manifest of services again.
"""

from __future__ import annotations

import keyword
import subprocess
import sys
from pathlib import Path

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ROOT / "src/clary/services"

_PACKAGE = '''"""{title}."""
'''
_FACE = '''"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service

service = Service("{name}")
'''
_TEST = '''"""{title}, through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_what_is_not_there_is_refused_by_name(client: Callable[..., Any]) -> None:
    """Name another operation when this one comes; `./run docs` counts those that are there."""
    with pytest.raises(ClientError, match="{operation}"):
        client("{name}").{method}()
'''
_CASES = '''"""{title}: an input for every operation that answers."""

from __future__ import annotations

from tests.security.matrix.case import Case

CASES: dict[str, Case] = {{}}
'''


def main() -> int:
    """Make the folder; status 1 with a line where that cannot be."""
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if len(sys.argv) != 2:
        print("which one? For example: ./run new-service secretsmanager", file=sys.stderr)
        return 2
    try:
        for path in make(sys.argv[1]):
            print(path.relative_to(ROOT))
        subprocess.run([sys.executable, ROOT / "tools/manifest.py"], check=True)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(name: str) -> list[Path]:
    """The files written. Raises ValueError for a service that botocore does not know or that is here already."""
    loader = Loader()
    if name not in loader.list_available_services("service-2"):
        raise ValueError(f"botocore knows no service {name}")
    model = ServiceModel(loader.load_service_model(name, "service-2"), name)
    title = model.metadata["serviceFullName"]
    folder = name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")
    if (SERVICES / folder).exists():
        raise ValueError(f"{name} is here already")
    operation = _askable(model)
    words = {
        "name": name,
        "folder": folder,
        "title": title,
        "operation": operation,
        "method": xform_name(operation),
    }
    tests = ROOT / "tests/services" / folder
    files = {
        SERVICES / folder / "__init__.py": _PACKAGE.format(**words),
        SERVICES / folder / "service.py": _FACE.format(**words),
        tests / "__init__.py": "",
        tests / f"test_{folder}.py": _TEST.format(**words),
        ROOT / f"tests/security/matrix/inputs/{folder}.py": _CASES.format(**words),
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(files)


def _askable(model: ServiceModel) -> str:
    """An operation that can be asked for without a word. Raises ValueError where there is none."""
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        if shape is None or not shape.required_members:
            return name
    raise ValueError(f"every operation of {model.service_name} wants something; begin by hand")


if __name__ == "__main__":
    raise SystemExit(main())
