"""docs/reference/images.md: which program stands for which image."""

from __future__ import annotations

from tools.reference.markdown import MADE, table

from clary.services.sagemaker.images import AGENTS, FRAMEWORKS

# What is said of each framework beside its name; a framework that is not here is not documented, which a test tells.
FRAMEWORK_WORDS = {
    "xgboost": "the built-in algorithm; script mode where a script is named",
    "sklearn": "script mode; serves with the four hooks, `.npy`, CSV and JSON by default",
    "pytorch": "script mode, `torchrun` among its distributions; needs torch in Clary's environment",
    "python": "script mode or a command of your own (`ContainerEntrypoint`), for training and processing",
}

_PAGE = """\
# Images

{made}
An image of your own that was pushed to the platform's ECR runs as it is, by AWS's contract for containers. It needs root and bubblewrap;
`clary doctor` says whether this machine can.

For AWS's own images there are programs, found by **repository and tag**, never by registry, account or region: for example
`683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1`, `sagemaker-xgboost:1.7-1` and the same repository in any
other region are one image. In your own account a repository of that name comes first. Any other image is refused.

{rows}
The tag is handed to the program, and decides what AWS's versions decide by it (XGBoost's answers of 0.90 differ from those of 1.x). It
does **not** choose a library's version: every program runs in Clary's own Python environment, with the libraries that
`clary doctor` lists.

Any of these images runs a processing job with `ContainerEntrypoint`. A transform job runs its model's image beside Clary's transform agent.
"""


def page() -> str:
    """Return the page."""
    rows = [(f"`{name}`", framework, FRAMEWORK_WORDS[framework]) for name, framework in FRAMEWORKS.items()]
    rows += [
        (f"`{name}`", f"`{words[-1]}`", "Model Monitor's analyser; a processing job")
        for name, words in AGENTS.items()
    ]
    return _PAGE.format(made=MADE, rows=table(("repository", "program", "what it does"), rows))
