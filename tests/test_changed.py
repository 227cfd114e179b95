"""`./run test --changed`: the picker over a small made-up project, and git over a small repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import grimp
import pytest
from tools.changed import changed_paths
from tools.import_graph import import_graph
from tools.picker import ALWAYS, EVERYTHING, Picker

ROOT = Path(__file__).parents[1]

# importer -> what it imports, as in Clary: the server knows a module of a service, everything stands on the server.
IMPORTS = {
    "tests.conftest": ["clary.server.gateway"],
    "tests.conformance.test_nouns": ["clary.services"],
    "tests.services.pets.test_dogs": ["tests.support.dogs"],
    "tests.services.pets.test_cats": ["clary.services.pets.cats"],
    "tests.services.pets_food.test_bowls": [],
    "tests.services.cars.conftest": ["clary.services.cars"],
    "tests.services.cars.test_wheels": [],
    "tests.server.test_gateway": ["clary.server.gateway"],
    "tests.server.test_other": [],
    "tests.security.test_dogs": ["clary.services.pets.dogs"],
    "tests.wire.test_parse": ["clary.wire.parse"],
    "tests.kernel.test_ids": ["clary.kernel.ids"],
    "tests.cli.test_main": ["clary.cli.main"],
    "tests.programs.trees.test_grow": [],
    "tests.e2e.test_trees": ["tests.support.live"],
    "tests.test_tools": [],
    "tests.support.dogs": [],
    "tests.support.live": ["clary.server.__main__"],
    "clary.cli.main": ["clary.kernel.ids"],
    "clary.server.__main__": ["clary.server.gateway"],
    "clary.server.gateway": ["clary.services", "clary.services.pets.dogs", "clary.wire.parse"],
    "clary.services": [],
    "clary.services.pets": ["clary.services.pets.dogs", "clary.services.pets.cats"],
    "clary.services.pets.dogs": ["clary.services.pets.names"],
    "clary.services.pets.cats": [],
    "clary.services.pets.names": [],
    "clary.services.cars": ["clary.wire.parse"],
    "clary.wire.parse": ["clary.kernel.ids"],
    "clary.kernel.ids": [],
    "clary_programs.trees.grow": [],
}


@pytest.fixture
def picker() -> Picker:
    graph = grimp.ImportGraph()
    for importer, imported in IMPORTS.items():
        graph.add_module(importer)
        for module in imported:
            graph.add_import(importer=importer, imported=module)
    return Picker(graph)


def picked(picker: Picker, *paths: str) -> set[str]:
    """The test files without those that are always picked, by their short names."""
    found = picker.tests_for(paths) - ALWAYS
    return {name.removeprefix("tests/").removesuffix(".py") for name in found}


# Every service's own tests and its family's, and what holds all services to the same.
PETS = {"services/pets/test_dogs", "services/pets/test_cats", "services/pets_food/test_bowls"}
EVERY = {"conformance/test_nouns", "conformance/test_members", "conformance/test_list_spellings"}


def test_a_service_needs_its_own_tests_and_those_that_import_it(picker: Picker) -> None:
    assert picked(picker, "src/clary/services/pets/cats.py") == PETS | EVERY
    assert picked(picker, "src/clary/services/pets/schema/0001_first.sql") >= PETS | EVERY
    assert picked(picker, "src/clary/services/cars/__init__.py") == {"services/cars/test_wheels"} | EVERY


def test_a_module_of_a_service_that_the_server_imports_needs_that_part_of_the_server(picker: Picker) -> None:
    """And not everything, although everything stands on the server."""
    expected = PETS | EVERY | {"security/test_dogs", "server/test_gateway"}
    assert picked(picker, "src/clary/services/pets/dogs.py") == expected
    assert picked(picker, "src/clary/services/pets/names.py") == expected


def test_a_module_that_the_fixtures_stand_on_needs_every_test(picker: Picker) -> None:
    of_data = ("src/clary/wire/patches.json", "src/clary/wire/tables/more/a.json")
    for path in ("src/clary/kernel/ids.py", *of_data, "tests/conftest.py"):
        assert picker.tests_for([path]) == EVERYTHING, path


def test_other_sources_need_their_mirror_and_what_imports_them(picker: Picker) -> None:
    assert picked(picker, "src/clary/cli/main.py") == {"cli/test_main"}
    assert picked(picker, "src/clary_programs/trees/grow.py") == {"programs/trees/test_grow"}


def test_a_test_needs_itself_and_what_it_shares_needs_its_users(picker: Picker) -> None:
    assert picked(picker, "tests/wire/test_parse.py") == {"wire/test_parse"}
    assert picked(picker, "tests/support/live.py") == {"e2e/test_trees"}
    assert picked(picker, "tests/services/cars/conftest.py") == {"services/cars/test_wheels"}
    assert picked(picker, "tests/wire/vectors/a.json") == {"wire/test_parse"}


def test_a_module_that_is_gone_needs_its_mirror(picker: Picker) -> None:
    assert picked(picker, "src/clary/cli/gone.py") == {"cli/test_main"}
    assert picked(picker, "src/clary/services/pets/gone.py") == PETS | EVERY


def test_pages_and_tools_have_tests_of_their_own(picker: Picker) -> None:
    assert picked(picker, "docs/how-to/x.md", "README.md") == set()
    assert picked(picker, "docs/tutorials/x.md") == {"test_tutorials"}
    assert picked(picker, "tools/pages.py") >= {"test_tools"}
    assert picked(picker, "run") == {"test_run"}


@pytest.mark.parametrize(
    "path", ["pyproject.toml", "something/new.py", "tests/data.json", "src/clary/new/a.json"]
)
def test_what_no_rule_knows_needs_everything(picker: Picker, path: str) -> None:
    assert picker.tests_for([path, "README.md"]) == EVERYTHING


def test_no_change_needs_no_test(picker: Picker) -> None:
    assert picker.tests_for([]) == frozenset()
    assert picker.tests_for(["README.md"]) == ALWAYS


def test_every_file_that_is_always_picked_is_there() -> None:
    picker = Picker(import_graph(ROOT))
    paths = ["docs/tutorials/x.md", "tools/x.py", "run", "src/clary/services/s3/x.py"]
    assert [name for name in picker.tests_for(paths) if not (ROOT / name).exists()] == []


def test_a_module_that_is_started_by_its_name_counts_as_imported() -> None:
    """The live platform of tests is `python -m clary.server` (tests/support/live.py)."""
    imported = import_graph(ROOT).find_modules_directly_imported_by("tests.support.live")
    assert "clary.server.__main__" in imported


def test_changed_are_new_edited_renamed_and_deleted_files(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    for name in ("kept", "edited", "renamed", "deleted", "committed"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("ignored")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "branch")
    (tmp_path / "committed").write_text("more")
    git("commit", "-am", "two")
    (tmp_path / "edited").write_text("more")
    (tmp_path / "deleted").unlink()
    git("mv", "renamed", "a name")
    for name in ("new", "ignored"):
        (tmp_path / name).write_text("")
    working_tree = ["a name", "deleted", "edited", "new", "renamed"]
    assert changed_paths(tmp_path) == sorted([*working_tree, "committed"])
    assert changed_paths(tmp_path, "branch") == working_tree
    with pytest.raises(subprocess.CalledProcessError):
        changed_paths(tmp_path, "no-such-branch")
