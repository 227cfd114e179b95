"""Who imports whom in Clary and its tests: grimp's graph, with the modules that are named in strings instead.

Processes are started with `-m MODULE`, and tests replace a function by its dotted name; an import statement tells of
neither. A name in quotes therefore counts as an import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import grimp

PACKAGES = ("clary", "clary_programs", "clary_supervisor", "tests")
_QUOTED = re.compile(r"""["']((?:clary(?:_programs|_supervisor)?|tests)(?:\.\w+)+)""")


def import_graph(root: Path) -> grimp.ImportGraph:
    """The graph of the checkout at `root`, which must be the one that is installed."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    for module in sorted(graph.modules):
        for named in _named(_source(root, module), graph.modules):
            graph.add_import(importer=module, imported=named)
    return graph


def _source(root: Path, module: str) -> str:
    folder = root if module.split(".")[0] == "tests" else root / "src"
    path = folder / module.replace(".", "/")
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()


def _named(source: str, modules: set[str]) -> Iterator[str]:
    """The modules that a source names in quotes. Of a package that is run, its `__main__` is meant as well."""
    for name in set(_QUOTED.findall(source)):
        found = name
        while found not in modules:
            found = found.rpartition(".")[0]
        yield found
        if f"{found}.__main__" in modules:
            yield f"{found}.__main__"
