"""The names by which scripts import the library's modules."""

from ... import _content_types as content_types
from ... import _encoders as encoders
from ... import _env as env
from ... import _errors as errors
from ... import _modules as modules
from ... import _transformer as transformer
from ... import _worker as worker
from ... import entry_point, training_env

__all__ = [
    "content_types",
    "encoders",
    "entry_point",
    "env",
    "errors",
    "modules",
    "training_env",
    "transformer",
    "worker",
]
