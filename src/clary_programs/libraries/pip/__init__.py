"""pip as jobs have it: `python -m pip install` looks at what is installed before it adds to the job's own folder
(clary_programs/toolkit/pip_layer.py). Everything else is the interpreter's own pip, which is found behind this one."""

from __future__ import annotations

import sys
from pathlib import Path


def _of_the_interpreter() -> Path | None:
    """Return the folder of the interpreter's own pip."""
    here = Path(__file__).resolve().parent
    found = (Path(entry or ".").resolve() / "pip" for entry in sys.path)
    return next((one for one in found if one != here and (one / "__init__.py").is_file()), None)


_behind = _of_the_interpreter()
if _behind is not None:
    # Its modules, its version and its place, which it starts itself by, are this package's; `__main__` alone is not.
    __path__ = [*__path__, str(_behind)]
    __file__ = str(_behind / "__init__.py")
    exec(compile((_behind / "__init__.py").read_text(encoding="utf-8"), __file__, "exec"))
