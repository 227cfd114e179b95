"""The house rules that a machine can check: sizes, names, faces. The layers are `.importlinter`'s."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from clary.services import load, load_services, packages
from tests.order import LONGEST

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
# Where scripts import AWS's libraries, modules and classes have AWS's names and AWS's families.
OWN_NAMES = [path for path in SOURCES if "libraries/sagemaker_" not in str(path)]
# A family is a folder of `services`; what has a service.py is one of its endpoints: `sagemaker`, `sagemaker.runtime`.
FAMILIES = sorted(path.parent.name for path in (ROOT / "src/clary/services").glob("*/__init__.py"))
LARGEST_FAMILY_FOLDER = 15
LONGEST_FILE = 400
VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|common|base|manager|impl|misc)(?:_|$)")


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_a_file_can_be_read_in_one_sitting() -> None:
    lengths = {_named(path): len(path.read_text().splitlines()) for path in [*SOURCES, *TESTS]}
    assert [name for name, length in lengths.items() if length > LONGEST_FILE] == []


def test_names_say_what_is_inside() -> None:
    vague = [_named(path) for path in OWN_NAMES if VAGUE.search(path.stem) or VAGUE.search(path.parent.name)]
    assert vague == []


def test_every_module_says_what_it_does() -> None:
    silent = [
        _named(path) for path in SOURCES if path.read_text().strip() and not ast.get_docstring(_tree(path))
    ]
    assert silent == []


@pytest.mark.parametrize("package", packages())
def test_every_service_is_found_and_named_as_its_folder_says(package: str) -> None:
    """The folder's name is the endpoint's: `sagemaker-runtime` is in `sagemaker/runtime`, `s3control` in `s3/control`."""
    folder = ".".join(package.split(".")[2:])
    name = load(package).name
    assert name in (folder.rstrip("_").replace(".", between).replace("_", "-") for between in ("-", ""))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("module", ["service", "access"])
def test_every_family_has_what_a_newcomer_looks_for(family: str, module: str) -> None:
    assert (ROOT / f"src/clary/services/{family}/{module}.py").exists()


def test_the_folders_of_a_family_are_small() -> None:
    """What a service is divided into is found by its name, and is read at a glance."""
    folders = (path for family in FAMILIES for path in (ROOT / "src/clary/services" / family).glob("*/"))
    sizes = {_named(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {name: size for name, size in sizes.items() if size > LARGEST_FAMILY_FOLDER} == {}


def test_the_floor_of_workloads_names_no_service_that_stands_on_it() -> None:
    floor = (ROOT / "src/clary/workloads").rglob("*.py")
    assert [_named(path) for path in floor if "sagemaker" in path.read_text().lower()] == []


def test_the_runs_of_two_services_have_different_ids() -> None:
    """A run's id begins with the first word of its record's ARN, and a service removes runs that it has no record of
    (workloads/leftovers.py)."""
    words = [
        noun.arn.partition("/")[0]
        for service in load_services().values()
        for noun in service.nouns.values()
        if noun.kind in service.controllers
    ]
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("package", packages())
def test_the_package_of_a_service_imports_none_of_its_modules(package: str) -> None:
    """So that one of them can be used without all of the others; `clary.services.load` imports them."""
    path = Path(import_module(package).__file__ or "")
    assert [node for node in ast.walk(_tree(path)) if isinstance(node, ast.Import | ast.ImportFrom)] == []


def test_every_operation_is_one_of_the_model() -> None:
    strange = {
        f"{service.name}:{name}"
        for service in load_services().values()
        for name in service.actions
        if name not in service.model.operations
    }
    assert strange == set()


def test_no_inheritance_is_deeper_than_one() -> None:
    classes = {
        node.name: node for path in OWN_NAMES for node in _tree(path).body if isinstance(node, ast.ClassDef)
    }
    deep = [
        name
        for name, node in classes.items()
        for parent in _parents(node)
        if parent in classes and any(grand in classes for grand in _parents(classes[parent]))
    ]
    assert deep == []


def test_every_test_folder_is_a_package() -> None:
    """So that two tests of one name may live in two folders."""
    bare = {
        _named(path.parent)
        for path in (ROOT / "tests").rglob("test_*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert bare == set()


def test_nothing_is_imported_from_a_test_module() -> None:
    """What two tests need is in tests/support or a conftest: a test module can then change, or go, by itself."""
    borrowed = {
        f"{_named(path)}: {node.module}"
        for path in TESTS
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom) and _is_test_module(node.module or "")
    }
    assert borrowed == set()


def test_the_longest_test_files_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / name).exists()] == []


def _is_test_module(name: str) -> bool:
    return name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _parents(node: ast.ClassDef) -> list[str]:
    return [parent.id for parent in node.bases if isinstance(parent, ast.Name)]


# Modules that open connections: for users through one that judges the address, to itself and to its own sockets otherwise.
CONNECTS = {
    "plane/outbound.py": "judges the address",
    "plane/sites/proxy.py": "a Unix socket or a port of the loopback, by a site's own word",
    "server/proxy.py": "speaks to the client that it has already",
    "services/sagemaker/mlflow/talk.py": "an MLflow server's own unix socket",
    "services/lambda_/running/line.py": "the Unix socket of the platform's own process that runs functions",
    "workloads/worker.py": "a model server's own unix socket",
    "server/http/sockets.py": "binds the platform's own port",
}
_OPENS = re.compile(
    r"\b(?:open_connection|create_connection|open_unix_connection|create_unix_connection|urlopen|HTTPConnection|HTTPSConnection"
    r"|AF_INET6?)\b|^import (?:requests|httpx|urllib3|aiohttp)\b",
    re.MULTILINE,
)


def test_connections_for_users_are_opened_in_one_place() -> None:
    """A user's address may be this machine's, or a metadata service's (plane/outbound.py)."""
    found = {
        str(path.relative_to(ROOT / "src" / "clary"))
        for part in ("kernel", "wire", "store", "objects", "plane", "services", "server", "runs", "workloads")
        for path in (ROOT / "src" / "clary" / part).rglob("*.py")
        if _OPENS.search(path.read_text())
    }
    assert found == set(CONNECTS)


# Modules that ask the machine for the time of day. All others are given a Clock, whose two times mean different things
# (docs/decisions/0018-two-clocks.md); for durations there is time.monotonic.
ASKS_THE_TIME = {
    "clary/kernel/clock.py": "is the clock",
    "clary/cli/signing.py": "a client's signature is of the client's time",
    "clary/cli/demo/monitoring.py": "a client asks for metrics until its own now",
    "clary/cli/demo/run.py": "a name for a run, in the user's time zone",
    "clary/cli/demo/summary.py": "a report's date, in the user's time zone",
    "clary/cli/report/footer.py": "a report's date, in the user's time zone",
    "clary_supervisor/credentials.py": "the end of temporary keys",
    "clary_supervisor/download.py": "stamps of a checkpoint's files",
    "clary_supervisor/image_store.py": "for how long a layer has not been used",
    "clary_supervisor/life.py": "how long outputs have been sent, across supervisors",
    "clary_supervisor/registry.py": "a signature",
    "clary_supervisor/s3.py": "a signature",
    "clary_supervisor/state.py": "when the steps of a run began",
    "clary_programs/agents/model_monitor/cloudwatch.py": "a real process dates what it measured",
    "clary_programs/agents/model_monitor/model_quality.py": "a real process dates what it measured",
    "clary_programs/agents/transform/events.py": "a real process dates what it logs",
    "clary_programs/agents/transform/job.py": "a real process dates what it logs",
    "clary_programs/algorithms/xgboost/log.py": "a real process dates what it logs",
    "clary_programs/functions/child.py": "a real process dates what it logs",
    "clary_programs/functions/python_runtime.py": "a real process dates what it logs, and counts down to a deadline",
}
_TIMES = {"time", "time_ns", "ctime"}
_TIMES_OF_NOW = {"gmtime": 0, "localtime": 0, "strftime": 1}  # without so many arguments before it, of now


def test_only_the_clock_asks_for_the_time_of_day() -> None:
    found = {_within(path) for path in SOURCES if _asks_the_time(_tree(path))}
    assert found == set(ASKS_THE_TIME)


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        ("import time\ntime.time()", True),
        ("import time\nf(default=time.time)", True),
        ("from time import time", True),
        ("import time\ntime.strftime('%Y')", True),
        ("import datetime\ndatetime.datetime.now(datetime.UTC)", True),
        ("from datetime import date\ndate.today()", True),
        ("import time\ntime.monotonic()", False),
        ("import time\ntime.strftime('%Y', time.gmtime(moment))", False),
        ("clock.now()", False),
    ],
)
def test_asking_for_the_time_is_found(source: str, asks: bool) -> None:
    assert _asks_the_time(ast.parse(source)) is asks


def _within(path: Path) -> str:
    return str(path.relative_to(ROOT / "src"))


def _asks_the_time(tree: ast.Module) -> bool:
    return any(_asks(node) for node in ast.walk(tree))


def _asks(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        return any(alias.name in _TIMES | _TIMES_OF_NOW.keys() for alias in node.names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        needed = _TIMES_OF_NOW.get(node.func.attr)
        if needed is not None and ast.unparse(node.func.value) == "time":
            return len(node.args) <= needed
    if not isinstance(node, ast.Attribute):
        return False
    owner = ast.unparse(node.value)
    if owner == "time":
        return node.attr in _TIMES
    return owner.rpartition(".")[2] in ("datetime", "date") and node.attr in ("now", "today", "utcnow")
