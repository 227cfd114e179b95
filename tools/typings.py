"""`./run typings [SERVICE ...]`: TypedDicts of what operations take and answer, for editors and type checkers.

From botocore's models, into typings/clary_types/SERVICE.pyi; never imported at run time, never committed. Seen from the
server: parsed input has its required members, output may leave anything out.
"""

from __future__ import annotations

import keyword
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "typings/clary_types"
_SCALARS = {
    "string": "str",
    "character": "str",
    "integer": "int",
    "long": "int",
    "float": "float",
    "double": "float",
    "boolean": "bool",
    "blob": "bytes",
    "timestamp": "float",
}
_HEAD = '"""{title}: shapes of botocore\'s model. Made by `./run typings`."""\n\nfrom typing import Any, NotRequired, TypedDict\n\n'


def main() -> int:
    """Write one file for each service that is named, or for each that is here."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return 0
    names = sys.argv[1:] or sorted(_here())
    unknown = sorted(set(names) - set(Loader().list_available_services("service-2")))
    if unknown:
        print(f"botocore knows no service {', '.join(unknown)}", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "__init__.pyi").write_text("")
    for name in names:
        path = TARGET / f"{name.replace('-', '_')}.pyi"
        path.write_text(typings(name))
        print(path.relative_to(ROOT))
    return 0


def _here() -> Iterator[str]:
    """The names of the services that are here: `sagemaker-runtime` is in `sagemaker/runtime`."""
    services = ROOT / "src/clary/services"
    for path in services.rglob("service.py"):
        yield "-".join(path.relative_to(services).parts[:-1]).rstrip("_").replace("_", "-")


def typings(name: str) -> str:
    """The stub file of a service."""
    model = ServiceModel(Loader().load_service_model(name, "service-2"), name)
    shapes = (model.shape_for(shape) for shape in sorted(model.shape_names))
    required = _inputs(model)
    classes = (_class(shape, shape.name in required) for shape in shapes if shape.type_name == "structure")
    return _HEAD.format(title=model.metadata["serviceFullName"]) + "\n".join(classes)


def _inputs(model: ServiceModel) -> set[str]:
    """The structures that only requests hold; there, required members are there."""
    operations = [model.operation_model(name) for name in model.operation_names]
    taken = {name for op in operations if op.input_shape for name in _reached(op.input_shape, set())}
    given = {name for op in operations if op.output_shape for name in _reached(op.output_shape, set())}
    return taken - given


def _reached(shape: Shape, seen: set[str]) -> set[str]:
    if shape.name in seen:
        return seen
    seen.add(shape.name)
    for inner in _parts(shape):
        _reached(inner, seen)
    return seen


def _parts(shape: Any) -> Iterator[Shape]:
    if shape.type_name == "structure":
        yield from shape.members.values()
    elif shape.type_name == "list":
        yield shape.member
    elif shape.type_name == "map":
        yield shape.value


def _class(shape: Any, checked: bool) -> str:
    """The functional form, since a member may be called `from` or have a dash."""
    members = [
        f'        "{name}": {_hint(inner, name in shape.required_members and checked)},\n'
        for name, inner in shape.members.items()
    ]
    return f'{_identifier(shape.name)} = TypedDict(\n    "{_identifier(shape.name)}",\n    {{\n{"".join(members)}    }},\n)\n'


def _hint(shape: Any, required: bool) -> str:
    """Quoted, since structures may hold each other."""
    hint = _type(shape)
    return f'"{hint}"' if required else f'NotRequired["{hint}"]'


def _type(shape: Any) -> str:
    if shape.type_name == "structure":
        return "Any" if getattr(shape, "is_document_type", False) else _identifier(shape.name)
    if shape.type_name == "list":
        return f"list[{_type(shape.member)}]"
    if shape.type_name == "map":
        return f"dict[str, {_type(shape.value)}]"
    return _SCALARS[shape.type_name]


def _identifier(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) or name in ("Any", "TypedDict", "NotRequired") else name


if __name__ == "__main__":
    raise SystemExit(main())
