"""docs/reference/services/SERVICE.md: what follows from the code of a service, joined with its `page.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.reference import facts
from tools.reference.errors import errors_in
from tools.reference.markdown import MADE, code, section, table
from tools.reference.written import Written, folder_of, written

from clary.plane import Service

_ABSENT = "Refused by name (`NotImplemented`): "
_REFUSED = "refused: "
# Lines that another version of botocore changes, since it knows other operations and members (pages.py).
OF_THE_MODEL = (_ABSENT, f"  - {_REFUSED}")

_MEMBERS = """\
A member of a writing request is acted on; or it is accepted without an effect (Describe may show it again), for the reason in brackets; or
it is refused: `NotImplemented: Clary does not implement {name}:{operation} with …`. A member covers all that is below it. A member that is
false or empty asks for nothing and is always accepted. Operations that only read are not listed.

"""


def page(service: Service) -> str:
    """Return the page of a service."""
    said = written(service.name)
    sections = (section(title, make(service, said)) for title, make in _SECTIONS.items())
    return f"# {_title(service)}\n\n{MADE}\n{said.intro}\n" + "".join(sections)


def _title(service: Service) -> str:
    return f"{service.model.metadata['serviceFullName']}: `{service.name}`"


def _operations(service: Service, said: Written) -> str:
    there, absent = facts.answered(service), facts.not_answered(service)
    text = f"{code(*there)}\n"
    return text + (f"\n{_folded(_ABSENT + code(*absent), 'Operations that are not there')}" if absent else "")


def _folded(text: str, title: str) -> str:
    """Return a text that a click shows."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>\n"


def _nouns(service: Service, said: Written) -> str:
    return table(
        ("noun", "its operations"), ((name, code(*found)) for name, found in facts.nouns(service).items())
    )


def _statuses(service: Service, said: Written) -> str:
    found = ((name, facts.statuses(noun)) for name, noun in sorted(service.nouns.items()))
    head = ("noun", "member", "begins as", "ends as", "while it is stopped or deleted")
    return table(head, ((name, *map(_code_of_each, row)) for name, row in found if row))


def _code_of_each(words: str) -> str:
    return code(*words.split(", ")) if words else ""


def _members(service: Service, said: Written) -> str:
    lines = [line for operation in sorted(service.accepts) for line in _member_lines(service, operation)]
    if not lines:
        return ""
    return _MEMBERS.format(name=service.name, operation=min(service.accepts)) + "".join(lines)


def _member_lines(service: Service, operation: str) -> Iterator[str]:
    known = service.accepts[operation]
    yield f"- **{operation}** acts on {code(*sorted(set(known.done))) or 'nothing'}\n"
    for why, members in sorted(_by_reason(known.echoed).items()):
        yield f"  - without effect: {code(*members)} ({why})\n"
    if refused := facts.refused_members(service, operation):
        yield f"  - {_REFUSED}{code(*refused)}\n"


def _by_reason(echoed: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for member, why in sorted(echoed.items()):
        found.setdefault(why, []).append(member)
    return found


def _limits(service: Service, said: Written) -> str:
    return said.section("Limits")


def _errors(service: Service, said: Written) -> str:
    sentences: dict[tuple[str, int], list[str]] = {}
    for one in errors_in(folder_of(service.name)):
        sentences.setdefault((one.code, one.status), []).append(one.sentence)
    rows = [(f"`{code}`", str(status), "<br>".join(said)) for (code, status), said in sentences.items()]
    return "\n\n".join(
        part for part in (said.section("Errors"), table(("code", "HTTP", "sentences"), rows)) if part
    )


def _access(service: Service, said: Written) -> str:
    """Return what somebody who writes a policy asks."""
    parts = [
        said.section("Resources") or _resources(service),
        _condition_keys(service),
        table(
            ("operation", "action that IAM is asked about"),
            ((f"`{op}`", what) for op, what in facts.permissions(service)),
        ),
    ]
    return "\n".join(f"{part.strip()}\n" for part in parts if part)


def _resources(service: Service) -> str:
    return table(("resource", "ARN"), ((name, f"`{arn}`") for name, arn in facts.resources(service)))


def _condition_keys(service: Service) -> str:
    found = facts.condition_keys(service)
    rows = ((f"`{key}`", code(*members)) for key, members in sorted(found.items()))
    return table(("condition key, in any case", "members that hold its values"), rows)


def _feed(service: Service, said: Written) -> str:
    observed = table(("noun", "what changes are told of"), facts.observed(service))
    return "\n\n".join(part for part in (said.section("The change feed"), observed) if part)


def _differences(service: Service, said: Written) -> str:
    return said.section("Differences from AWS")


def _absent(service: Service, said: Written) -> str:
    return said.section("What is not there")


_SECTIONS: dict[str, Callable[[Service, Written], str]] = {
    "Operations": _operations,
    "Nouns": _nouns,
    "Statuses": _statuses,
    "Members of requests": _members,
    "Limits": _limits,
    "Errors": _errors,
    "Permissions": _access,
    "The change feed": _feed,
    "Differences from AWS": _differences,
    "What is not there": _absent,
}
