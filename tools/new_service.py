"""`./run new-service NAME [--tables]`: the folder of another AWS service with its first noun, tests and page.

NAME is botocore's, such as `secretsmanager` or `bedrock-runtime`. The first noun is one that the model creates, shows, lists
and deletes by one name; how the service spells names, ARNs, times and errors is read from the model. `--tables` adds a
first schema step. What is made passes `./run lint` and its own tests: begin by reading it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from botocore.loaders import Loader
from tools.scaffold.files import NewService, files, folder_of
from tools.scaffold.first_noun import first_noun

from clary.wire import load

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Make the folder; return 1 with a line where that cannot be."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return 0
    names = [word for word in sys.argv[1:] if word != "--tables"]
    if len(names) != 1:
        print("which one? For example: ./run new-service secretsmanager", file=sys.stderr)
        return 2
    try:
        made = make(names[0], ROOT, tables="--tables" in sys.argv[1:])
        settle(ROOT, made)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(
            f"{_told(error)}; the files of {names[0]} are written, `git status` names them", file=sys.stderr
        )
        return 1
    print("\n".join(str(path.relative_to(ROOT)) for path in made))
    return 0


def _told(error: subprocess.CalledProcessError) -> str:
    """Return which step failed; what it printed is above."""
    words = [Path(word).name if word == sys.executable else word for word in error.cmd]
    return f"`{' '.join(words[:4])}` failed with exit status {error.returncode}"


def make(name: str, root: Path, *, tables: bool = False) -> list[Path]:
    """Write the files of a service and return them. Raise ValueError for a service that cannot be made."""
    _check(name, root)
    model = load(name)
    new = NewService(model, first_noun(model), tables)
    found = {root / path: text for path, text in files(new).items()}
    for path, text in found.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(found)


def _check(name: str, root: Path) -> None:
    loader = Loader()
    if name not in loader.list_available_services("service-2"):
        raise ValueError(f"botocore knows no service {name}")
    if loader.load_service_model(name, "service-2")["metadata"]["protocol"] == "ec2":
        raise ValueError(f"{name} speaks the protocol `ec2`, which only {name} has and Clary does not.")
    if (root / "src/clary/services" / folder_of(name)).exists():
        raise ValueError(f"{name} is here already")


def settle(root: Path, made: list[Path]) -> None:
    """Format what was made, and write again what is generated from all services."""
    python = [str(path) for path in made if path.suffix == ".py"]
    for words in (["ruff", "check", "--fix", "--quiet", *python], ["ruff", "format", "--quiet", *python]):
        subprocess.run([sys.executable, "-m", *words], cwd=root, check=True)
    for tool in ("tools/manifest.py", "tools/pages.py"):
        subprocess.run([sys.executable, tool], cwd=root, check=True)


if __name__ == "__main__":
    raise SystemExit(main())
