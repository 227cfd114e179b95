"""What the reference pages say that follow from the source: images, and the members of SageMaker's requests."""

from __future__ import annotations

from collections.abc import Iterator

from clary.plane import Members
from clary.services import load_services
from clary.services.sagemaker.images import AGENTS, FRAMEWORKS

_MADE = "Made by `./run docs`; do not edit.\n"

# What is said of each framework beside its name; a framework that is not here is not documented, which a test tells.
FRAMEWORK_WORDS = {
    "xgboost": "the built-in algorithm; script mode where a script is named",
    "sklearn": "script mode; serves with the four hooks, `.npy`, CSV and JSON by default",
    "pytorch": "script mode, `torchrun` among its distributions; needs torch in Clary's environment",
    "python": "script mode or a command of your own (`ContainerEntrypoint`), for training and processing",
}

_IMAGES = """\
# Images

{made}
An image URI is resolved by **repository and tag**, never by registry, account or region: for example
`683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1`, `sagemaker-xgboost:1.7-1` and the same repository in any
other region are one image. Any other image is refused: `ValidationException: Requested image … not found.`

| repository | program | what it does |
|---|---|---|
{rows}
The tag is handed to the program, and decides what AWS's versions decide by it (XGBoost's answers of 0.90 differ from those of 1.x). It
does **not** choose a library's version: every program runs in Clary's own Python environment, with the libraries that
`clary doctor` lists.

Any of these images runs a processing job with `ContainerEntrypoint`. A transform job runs its model's image beside an agent of Clary.
"""

_MEMBERS = """\
# Members of SageMaker's requests

{made}
A request may name only what something here does. Every other member that says something is refused by name:
`NotImplemented: Clary does not implement sagemaker:CreateTrainingJob with …`. Members that are false or empty ask for nothing and are
taken. A member covers all that is below it. Operations that only read are not on this page.
"""


def images() -> str:
    """docs/reference/images.md."""
    rows = [
        f"| `{name}` | {framework} | {FRAMEWORK_WORDS[framework]} |" for name, framework in FRAMEWORKS.items()
    ]
    rows += [
        f"| `{name}` | `{words[-1]}` | Model Monitor's analyser; a processing job |"
        for name, words in AGENTS.items()
    ]
    return _IMAGES.format(made=_MADE, rows="".join(f"{row}\n" for row in rows))


def members() -> str:
    """docs/reference/sagemaker-members.md."""
    accepts = load_services()["sagemaker"].accepts
    parts = [_section(operation, found) for operation, found in sorted(accepts.items())]
    return _MEMBERS.format(made=_MADE) + "".join(parts)


def _section(operation: str, found: Members) -> str:
    done = ", ".join(f"`{path}`" for path in sorted(set(found.done)))
    return f"\n## {operation}\n\n**Acted on**: {done}\n" + "".join(_echoed(found))


def _echoed(found: Members) -> Iterator[str]:
    if found.echoed:
        yield "\n| taken and shown again, no more | why that is all |\n|---|---|\n"
    for path, why in sorted(found.echoed.items()):
        yield f"| `{path}` | {why} |\n"
