"""Holds the documentation to the source: commands, options, variables, links, code, tables. What a page says in words
is not checked here; its commands were run when it was written."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools import pages

from clary.cli.main import parser
from clary.services.sagemaker.images import AGENTS, FRAMEWORKS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [*sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]
SOURCES += [path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)]
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?<!--profile )(?:(?<=[\s\"'(`/])|^)clary ((?:[a-z]|--)[^\n`|;&)\"]*)", re.M)
_VARIABLE = re.compile(r"\bCLARY_[A-Z][A-Z_]*[A-Z]\b")

named = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(text: str, *languages: str) -> Iterator[str]:
    return (match[3] for match in _FENCE.finditer(text) if match[2] in languages)


def subcommands(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def options(of: argparse.ArgumentParser) -> set[str]:
    return {word for action in of._actions for word in action.option_strings if word.startswith("--")} - {
        "--help"
    }


def spoken(text: str) -> Iterator[list[str]]:
    """Every `clary` command that a page types: in shell blocks, in YAML steps and between backquotes."""
    for code in [*blocks(text, "sh", "yaml"), *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]:
        for line in re.sub(r"\\\n", " ", code).splitlines():
            for match in _COMMAND.finditer(line.split(" #")[0]):
                yield shlex.split(match[1].replace("'", ""))


def complaint(words: list[str]) -> str | None:
    """What is wrong with a command as a page types it, if anything. Words after `--` are somebody else's."""
    found, rest = parser(), words[: words.index("--")] if "--" in words else words
    while rest and rest[0] in subcommands(found):
        found, rest = subcommands(found)[rest[0]], rest[1:]
    if subcommands(found) and not (rest and set(rest) <= options(found)):
        return f"clary {' '.join(words)}: there is no such command"
    wrong = [word for word in rest if word.startswith("--") and word.split("=")[0] not in options(found)]
    return f"clary {' '.join(words)}: there is no option {wrong[0]}" if wrong else None


@named
def test_every_command_on_a_page_is_one_of_the_command_line(page: Path) -> None:
    assert [said for words in spoken(page.read_text()) if (said := complaint(words))] == []


def test_the_check_of_commands_notices_a_wrong_one() -> None:
    text = (
        "```sh\nclary up --detached\nclary start\n```\nand `clary account make`, but `clary run -- ls --all`"
    )
    assert [bool(complaint(words)) for words in spoken(text)] == [True, True, True, False]


def every_command(of: argparse.ArgumentParser, name: str = "clary") -> Iterator[tuple[str, set[str]]]:
    inner = subcommands(of)
    if not inner:
        yield name, options(of)
    for word, one in inner.items():
        yield from every_command(one, f"{name} {word}")


def test_the_settings_page_lists_every_command_with_all_of_its_options() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text().partition("\n## Commands\n")[2]
    listed = {
        row[1]: set(re.findall(r"--[a-z-]+", row[2]))
        for row in re.finditer(r"^\| `(clary [a-z -]+)` \|([^|]*)\|", text, re.M)
    }
    assert listed == dict(every_command(parser()))


def variables_of(paths: list[Path]) -> set[str]:
    return {name for path in paths for name in _VARIABLE.findall(path.read_text())}


def test_every_variable_of_the_source_is_on_the_settings_page_and_no_other_is_anywhere() -> None:
    # Two names that are no settings: what a test hides from a sandbox, and an example in a comment.
    known = variables_of(SOURCES) - {"CLARY_SECRET_OF_MINE", "CLARY_ISOLATION"}
    documented = set(_VARIABLE.findall((ROOT / "docs/reference/settings.md").read_text()))
    assert documented == known
    assert variables_of(PAGES) <= documented


@named
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    inside = [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if not target_exists(page, link)] == []


def target_exists(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_page_can_be_found_from_the_first_one() -> None:
    seen: set[Path] = set()
    pending = [ROOT / "docs/README.md"]
    while pending:
        page = pending.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = [link.partition("#")[0] for link in _LINK.findall(page.read_text())]
        pending += [(page.parent / link).resolve() for link in links if link and ":" not in link]
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= seen


@named
def test_python_on_a_page_compiles(page: Path) -> None:
    for number, code in enumerate(blocks(page.read_text(), "python")):
        compile(code, f"{page.name}, block {number + 1}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@named
def test_every_block_of_code_says_what_it_is(page: Path) -> None:
    languages = {match[2] for match in _FENCE.finditer(page.read_text())}
    assert languages <= {"", "sh", "python", "text", "yaml", "ini", "dockerfile"}


def test_generated_pages_say_what_the_source_says() -> None:
    assert pages.stale() == [], "write them again: ./run docs"


def test_the_image_page_names_every_image() -> None:
    text = (ROOT / "docs/reference/images.md").read_text()
    assert [name for name in (*FRAMEWORKS, *AGENTS) if f"`{name}`" not in text] == []


def test_the_first_pages_are_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 130


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs/decisions"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    index = (folder / "README.md").read_text()
    assert [name[:4] for name in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert [name for name in pages if f"({name})" not in index] == []
    assert [name for name in pages if not (folder / name).read_text().startswith(f"# {name[:4]} ")] == []


# Pages that name files of the source. Tutorials and how-tos name users' own files; decisions tell of the day of their making.
_OF_THE_SOURCE = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs/explanation").glob("*.md"),
    *(ROOT / "docs/reference").rglob("*.md"),
]
_NAMED = re.compile(
    r"(?<![\w/.<>-])((?:[a-z_]\w*/)*[a-z_]\w*\.(?:py|sql)|(?:src|tests|tools|docs)(?:/[a-z_][\w-]*(?:\.\w+)?)+/?)(?![\w/<>])"
)
_BASES = ("", "src", "src/clary", "src/clary/services", "tests", "tests/security")


def missing_files(text: str) -> list[str]:
    """The files and folders of the source that a text names and that are not there. A name alone may be anywhere."""
    anywhere = {path.name for top in ("src", "tests", "tools", "bench") for path in (ROOT / top).rglob("*.*")}
    return [
        path
        for path in _NAMED.findall(text)
        if not any((ROOT / base / path).exists() for base in _BASES)
        and not ("/" not in path and path in anywhere)
    ]


@pytest.mark.parametrize("page", _OF_THE_SOURCE, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_page_names_are_there(page: Path) -> None:
    examples = re.sub(r"```(?:python|sh|text)\n.*?```", "", page.read_text(), flags=re.S)
    assert missing_files(examples) == []


def test_the_check_of_files_notices_a_missing_one() -> None:
    text = "`server/gateway.py`, `server/gatehouse.py`, `test_docs.py`, `test_ducks.py`, tests/wire, tests/wires, a `train.csv`"
    assert missing_files(text) == ["server/gatehouse.py", "test_ducks.py", "tests/wires"]
