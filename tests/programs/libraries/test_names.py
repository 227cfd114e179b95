"""Every name that documentation tells users to import is there; what cannot be there fails as Python has it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from clary_programs.libraries import FOLDER
from tests.programs.libraries.documented import ABSENT, names
from tests.programs.toolkit.job import Job

pytestmark = pytest.mark.usefixtures("job")


def _is_there(module: str, name: str) -> bool:
    """As `from module import name` has it: an attribute, or a module of the package."""
    if hasattr(importlib.import_module(module), name):
        return True
    try:
        importlib.import_module(f"{module}.{name}")
    except ImportError:
        return False
    return True


def test_documented_names() -> None:
    # PyTorch's handlers need torch, as the whole image does.
    pytest.importorskip("torch")
    missing = [entry for entry in names() if not _is_there(*entry[:2])]
    assert missing == []


@pytest.mark.parametrize("module", ABSENT)
def test_what_cannot_be_there_is_absent(module: str) -> None:
    with pytest.raises(ImportError):
        importlib.import_module(module)


def test_a_name_that_is_not_there_raises_pythons_own_errors(job: Job) -> None:
    import sagemaker_containers

    with pytest.raises(AttributeError):
        sagemaker_containers.serving_env  # noqa: B018
    with pytest.raises(ImportError):
        from sagemaker_training.runner import SMDataParallelRunnerType  # noqa: F401


def test_every_module_of_the_folder_can_be_imported() -> None:
    pytest.importorskip("torch")
    for path in sorted(Path(FOLDER).glob("*/**/*.py")):
        name = ".".join(path.relative_to(FOLDER).with_suffix("").parts).removesuffix(".__init__")
        importlib.import_module(
            name if not name.startswith("_shared") else f"clary_programs.libraries.{name}"
        )


def test_the_reference_page_lists_every_public_module() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/libraries.md").read_text()
    missing = []
    for path in sorted(Path(FOLDER).glob("sagemaker_*/**/*.py")):
        package, *parts = path.relative_to(FOLDER).with_suffix("").parts
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{package}` |")]
        is_public = not any(part.startswith("_") for part in parts)
        if is_public and f"`{'.'.join(parts)}`" not in row:
            missing.append((package, parts))
    assert missing == []
