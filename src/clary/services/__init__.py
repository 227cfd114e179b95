"""The AWS services, one folder for each endpoint, anywhere below this one. Each has a `service.py` that makes its Service;
the modules beside it register what answers its operations, and are found by walking the folder.

`manifest.json` says what must be known of a service that is not loaded. tools/manifest.py writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from clary.plane.outline import Outline
from clary.plane.registry import Registry
from clary.plane.service import Service
from clary.wire import patterns

ROOT = Path(__file__).parent
MANIFEST = ROOT / "manifest.json"


def registry() -> Registry:
    """All services, none of which is loaded."""
    return Registry(_outlines(), lambda outline: load(outline.package))


@cache
def _outlines() -> tuple[Outline, ...]:
    return tuple(map(Outline.from_json, json.loads(MANIFEST.read_text())))


def load_services(*names: str) -> dict[str, Service]:
    """Every service by its AWS endpoint name, or those that are named, loaded."""
    found = registry()
    return {name: found[name] for name in names or found}


def load(package: str) -> Service:
    """Import all modules of a service. Raise LookupError where its `service.py` does not make one Service."""
    made = [one for one in vars(import_module(f"{package}.service")).values() if isinstance(one, Service)]
    if len(made) != 1:
        raise LookupError(f"{package}.service makes {len(made)} services")
    for module in _modules(ROOT.joinpath(*package.split(".")[2:])):
        import_module(module)
    shapes = made[0].model.description["shapes"].values()
    patterns.get_ready(shape["pattern"] for shape in shapes if "pattern" in shape)
    return made[0]


def packages() -> list[str]:
    """Return the packages of all services."""
    return sorted(_name(path.parent) for path in ROOT.rglob("service.py"))


def _modules(folder: Path) -> Iterator[str]:
    """Yield the modules in a folder and below.

    Services with a `service.py` of their own there are left out, and programs (`__main__.py`), which run in
    other processes.
    """
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and path.stem not in ("__init__", "__main__"):
            yield _name(path.with_suffix(""))
        elif (path / "__init__.py").exists() and not (path / "service.py").exists():
            yield from _modules(path)


def _name(path: Path) -> str:
    return ".".join((__name__, *path.relative_to(ROOT).parts))
