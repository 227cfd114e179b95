"""Which test files a change can reach, from the import graph and a table for files that are not imported.

The layers and the independence of services are proven by import-linter, so a change in one service needs that service's
tests, the tests that import what was changed, and those that hold every service to the same promises. A change below the
services reaches what stands on it, which is nearly everything. Where no rule knows a file, everything is picked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import PurePosixPath

import grimp

EVERYTHING = frozenset({"tests"})
ALWAYS = frozenset({"tests/test_architecture.py", "tests/test_docs.py", "tests/test_english.py"})
# What holds every service to the same promises; it finds the services by itself.
_EVERY_SERVICE = (
    "tests/conformance/test_nouns.py",
    "tests/conformance/test_members.py",
    "tests/conformance/test_list_spellings.py",
)

_OF_TOOLS = (
    "tests/test_tools.py",
    "tests/test_changed.py",
    "tests/test_pages.py",
    "tests/test_new_service.py",
)

_SERVICES = "clary.services."
_SERVER = "clary.server."


class Picker:
    """Picks tests for changed files; `graph` has the modules of the source and of the tests."""

    def __init__(self, graph: grimp.ImportGraph) -> None:
        self._graph = graph
        self._tests = {name for name in graph.modules if name.rpartition(".")[2].startswith("test_")}
        # The first pattern that fits decides; `*` stands for slashes too.
        self._rules: tuple[tuple[str, Callable[[PurePosixPath], Iterable[str]]], ...] = (
            ("src/clary/services/*/*", self._of_a_service),
            ("src/*.py", self._of_a_source),
            ("src/*", self._of_data),
            ("tests/*.py", self._of_a_test),
            ("tests/*", lambda path: self._below(path.parent)),
            ("docs/tutorials/*", lambda _: ["tests/test_tutorials.py"]),
            ("docs/*", lambda _: ()),
            ("bench/*", lambda _: ()),
            ("tools/*", lambda _: _OF_TOOLS),
            ("run", lambda _: ["tests/test_run.py"]),
            (".ci/*", lambda _: ["tests/test_run.py"]),
            (".importlinter", lambda _: ()),
            (".gitignore", lambda _: ()),
            ("LICENSE", lambda _: ()),
            ("CONTRIBUTING.md", lambda _: ["tests/test_contributing.py"]),
            ("*.md", lambda _: ()),
            ("*", lambda _: EVERYTHING),
        )

    def tests_for(self, paths: Iterable[str]) -> frozenset[str]:
        """Test files, `{"tests"}` for all of them, or none where nothing has changed."""
        found = {test for path in paths for test in self._tests_for(PurePosixPath(path))}
        if found >= EVERYTHING or found >= _files(self._tests):
            return EVERYTHING
        return frozenset(found | ALWAYS) if paths else frozenset()

    def _tests_for(self, path: PurePosixPath) -> Iterable[str]:
        rule = next(rule for pattern, rule in self._rules if fnmatch(str(path), pattern))
        return (*rule(path), *ALWAYS)

    # rules --------------------------------------------------------------------------------------------------------
    def _of_a_service(self, path: PurePosixPath) -> set[str]:
        """Its own tests and its family's (`sagemaker_runtime` with `sagemaker`), and those that import what was changed."""
        service = path.parts[3]
        family = f"tests.services.{service}"
        own = {test for test in self._tests if test.startswith((f"{family}.", f"{family}_"))}
        changed = {_module(path)} if path.suffix == ".py" else self._package(f"{_SERVICES}{service}")
        reached = self._reaching(changed, beyond_the_server=False)
        return _files(own) | _files(reached) | set(_EVERY_SERVICE)

    def _of_a_source(self, path: PurePosixPath) -> set[str]:
        return self._mirror(path) | _files(self._reaching({_module(path)}))

    def _of_data(self, path: PurePosixPath) -> set[str]:
        """Of a file that a module of its package reads: which one, nobody says."""
        return self._mirror(path) | _files(self._reaching(self._readers(path.parent)))

    def _readers(self, folder: PurePosixPath) -> set[str]:
        """The modules of the package that a folder of data is in: `store` for `store/sql`."""
        while len(folder.parts) > 2:
            found = self._package(_module(folder / "__init__.py")) & self._graph.modules
            if found:
                return found
            folder = folder.parent
        return set()

    def _of_a_test(self, path: PurePosixPath) -> set[str]:
        return _files(self._reaching({_module(path)}))

    # the graph ----------------------------------------------------------------------------------------------------
    def _reaching(self, modules: set[str], *, beyond_the_server: bool = True) -> set[str]:
        """The tests that import one of these modules, directly or by others. A conftest stands for the tests of its folder.

        The server imports a few modules of services, and everything stands on the server. `beyond_the_server=False` takes
        the tests that name such a module of the server, and goes no further.
        """
        seen, todo = set(modules), list(modules)
        while todo:
            module = todo.pop()
            importers = self._importers(module)
            if module.startswith(_SERVER) and not beyond_the_server:
                importers &= self._tests
            todo += importers - seen
            seen |= importers
        return seen & self._tests

    def _importers(self, module: str) -> set[str]:
        found = set[str]()
        if module in self._graph.modules:
            found |= self._graph.find_modules_that_directly_import(module)
        package, _, name = module.rpartition(".")
        if name == "conftest":
            found |= {test for test in self._tests if test.startswith(f"{package}.")}
        return found

    def _package(self, package: str) -> set[str]:
        """The modules directly in a package, and itself."""
        return {m for m in self._graph.modules if m == package or m.rpartition(".")[0] == package} | {package}

    def _mirror(self, path: PurePosixPath) -> set[str]:
        """The tests of the same folder: src/clary/wire/x.py -> tests/wire, src/clary_programs/x -> tests/programs/x."""
        package, *folders = path.parts[1:-1]
        below = {
            "clary": [()],
            "clary_programs": [("programs",)],
            "clary_supervisor": [("supervisor",), ("runs",)],  # runs start it by the name of its file
        }.get(package, [(package,)])
        return {test for top in below for test in self._below(PurePosixPath("tests", *top, *folders[:1]))}

    def _below(self, folder: PurePosixPath) -> set[str]:
        """The test files in a folder; where it has none, those of the nearest one above."""
        while folder != PurePosixPath("tests"):
            found = {test for test in self._tests if test.startswith(".".join(folder.parts) + ".")}
            if found:
                return _files(found)
            folder = folder.parent
        return set(EVERYTHING)


def _module(path: PurePosixPath) -> str:
    """src/clary/wire/parse.py -> clary.wire.parse; tests/wire/test_parse.py -> tests.wire.test_parse."""
    parts = path.with_suffix("").parts
    parts = parts[1:] if parts[0] == "src" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _files(modules: Iterable[str]) -> set[str]:
    return {module.replace(".", "/") + ".py" for module in modules}
