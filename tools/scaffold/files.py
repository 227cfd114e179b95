"""Which files a new service has, and what stands in them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from tools.scaffold import templates
from tools.scaffold.first_noun import FirstNoun
from tools.scaffold.spelling import Spelling
from tools.scaffold.values import NoValue, allows, smallest

from clary.plane.nouns import operations
from clary.wire import ServiceModel


@dataclass(frozen=True)
class NewService:
    """A service that is to be made: its model, its first noun, whether it has tables of its own."""

    model: ServiceModel
    noun: FirstNoun | None
    tables: bool

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def folder(self) -> str:
        return folder_of(self.name)

    @property
    def title(self) -> str:
        return self.model.metadata["serviceFullName"]

    @property
    def module(self) -> str:
        """The module of the first noun: `blueprints`."""
        return xform_name(next(operations.plurals(self.noun.name))) if self.noun else ""

    @property
    def words(self) -> Mapping[str, str]:
        return {"name": self.name, "folder": self.folder, "title": self.title, "module": self.module}


def folder_of(name: str) -> str:
    """Return the folder of a service: `bedrock_runtime`, `lambda_`."""
    return name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")


def files(new: NewService) -> dict[str, str]:
    """Return the text of every file by its path in the repository."""
    code, tests = f"src/clary/services/{new.folder}", f"tests/services/{new.folder}"
    found = {
        f"{code}/__init__.py": f'"""{new.title}."""\n',
        f"{code}/service.py": _service(new),
        f"{code}/access.py": templates.ACCESS.format(**new.words),
        f"{code}/page.md": templates.PAGE.format(title=new.title, words=_introduction(new)),
        f"{tests}/__init__.py": "",
        f"{tests}/{_test_name(new)}": _test(new),
        f"tests/security/matrix/inputs/{new.folder}.py": _cases(new),
    }
    if new.noun:
        found[f"{code}/errors.py"] = _errors(new, new.noun)
        found[f"{code}/{new.module}.py"] = _noun(new, new.noun)
    if new.tables:
        found[f"{code}/schema/0001_first.sql"] = templates.TABLES.format(**new.words)
    return found


def _introduction(new: NewService) -> str:
    return f"the life of its {_words(new.noun.name)}s" if new.noun else "nothing answers yet"


def _test_name(new: NewService) -> str:
    return f"test_{new.module or new.folder.rstrip('_')}.py"


def _words(noun: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", noun).lower()


def _a(noun: str) -> str:
    """Return the words of a noun with their article."""
    return f"{'an' if noun[0] in 'AEIOU' else 'a'} {_words(noun)}"


# the source --------------------------------------------------------------------------------------------------------


def _service(new: NewService) -> str:
    imports = ["from clary.plane import Service"]
    options = f', schema="clary.services.{new.folder}"' if new.tables else ""
    if new.noun and (dialect := _dialect(new.noun.spelling)):
        imports.append(f"from clary.plane.nouns.dialects import {new.noun.spelling.base}")
        imports += ["from dataclasses import replace"] if dialect.startswith("replace") else []
        options += f", dialect={dialect}"
    return templates.SERVICE.format(**new.words, imports="\n".join(imports) + "\n", options=options)


def _dialect(spelling: Spelling) -> str:
    """Return the expression of a dialect; nothing for the one that services have by themselves."""
    if spelling.changes:
        said = ", ".join(f"{what}={names!r}" for what, names in spelling.changes.items())
        return f"replace({spelling.base}, {said})"
    return spelling.base if spelling.base != "SAGEMAKER" else ""


def _errors(new: NewService, noun: FirstNoun) -> str:
    said = noun.errors
    return templates.ERRORS.format(
        **new.words,
        missing_code=said.missing_code,
        missing=said.missing,
        taken_code=said.taken_code,
        taken=said.taken,
    )


def _noun(new: NewService, noun: FirstNoun) -> str:
    states = noun.spelling.states
    names = ["Members", "Noun", *(["Record", "States", "Step", "World"] if states else [])]
    key = noun.spelling.key
    names += [key.partition("(")[0]] if key else []
    variable = xform_name(noun.name)
    return templates.NOUN.format(
        **new.words,
        words=_words(noun.name),
        names=", ".join(sorted(names)),
        variable=variable,
        noun=noun.name,
        arn=noun.spelling.arn,
        fields="\n        ".join(_fields(noun)),
        controller=_controller(new, noun, variable),
    )


def _fields(noun: FirstNoun) -> Iterator[str]:
    if noun.spelling.key:
        yield f"key={noun.spelling.key},"
    if states := noun.spelling.states:
        leaving = f', leaving="{states.leaving}"' if states.leaving else ""
        yield f'states=States("{states.member}", start="{states.start}"{leaving}),'
    accepted = ", ".join(f'"{verb}": Members("{" ".join(names)}")' for verb, names in noun.accepts.items())
    yield f"accepts={{{accepted}}},"


def _controller(new: NewService, noun: FirstNoun, variable: str) -> str:
    states = noun.spelling.states
    if states is None:
        return ""
    leaving = templates.LEAVING.format(leaving=states.leaving) if states.leaving else ""
    return templates.CONTROLLER.format(**new.words, variable=variable, ready=states.final[0], leaving=leaving)


# the tests ---------------------------------------------------------------------------------------------------------


def _test(new: NewService) -> str:
    absent = _absent(new)
    if new.noun is None:
        return templates.BARE_TEST.format(**new.words, **absent)
    noun = new.noun
    moves = noun.spelling.states is not None
    return templates.TEST.format(
        **new.words,
        **absent,
        a_words=_a(noun.name),
        given=repr(dict(noun.given)),
        create=_create(new, noun),
        life="\n".join(f"    {line}" for line in _life(new, noun)),
        taken=_taken(new, noun),
        controllers_import="\nfrom clary.server.loop import Controllers\n" if moves else "",
        controllers_argument=", controllers: Controllers" if moves else "",
    )


def _absent(new: NewService) -> dict[str, str]:
    """Return an operation that does not answer, with a request that its model takes."""
    answered = set(new.noun.verbs.values()) if new.noun else set()
    for name, op in new.model.operations.items():
        if name in answered or op.event_stream_out:
            continue
        try:
            given = smallest(op.input)
        except NoValue:
            continue
        return {"absent": name, "absent_method": xform_name(name), "absent_given": repr(given)}
    raise ValueError(f"no operation of {new.name} was found that is not there")


def _create(new: NewService, noun: FirstNoun) -> str:
    call = f"{new.folder}.{xform_name(noun.verbs['create'])}(**GIVEN)"
    if noun.name_member:
        return f'{call}\n    name = GIVEN["{noun.name_member}"]'
    return f"name = {call}{_at(noun.trial.made)}"


def _at(path: tuple[str, ...]) -> str:
    return "".join(f'["{part}"]' for part in path)


def _call(new: NewService, noun: FirstNoun, verb: str) -> str:
    """Return the call of a verb's operation; that of a List names nothing."""
    given = f"{noun.asked[verb]}=name" if verb in noun.asked else ""
    return f"{new.folder}.{xform_name(noun.verbs[verb])}({given})"


def _life(new: NewService, noun: FirstNoun) -> Iterator[str]:
    """Yield the lines of the first test."""
    states = noun.spelling.states
    yield from _shown(new, noun) if "describe" in noun.verbs else (["controllers.once()"] if states else [])
    if "list" in noun.verbs:
        yield f"assert name in str({_call(new, noun, 'list')})"
    yield _call(new, noun, "delete")
    if states and states.leaving:
        yield "controllers.once()"
    if "describe" in noun.verbs:
        yield f'with pytest.raises(ClientError, match="{noun.errors.missing_code}"):'
        yield f"    {_call(new, noun, 'describe')}"
    else:
        yield f"assert name not in str({_call(new, noun, 'list')})"


def _shown(new: NewService, noun: FirstNoun) -> Iterator[str]:
    """Yield the lines that look at what Describe shows, before and after the controller's first look."""
    record = f"{_call(new, noun, 'describe')}{_at(noun.trial.shown[:-1])}"
    yield f"shown = {record}"
    yield f'assert shown["{noun.trial.shown[-1]}"] == name'
    if states := noun.spelling.states:
        yield f'assert shown["{states.member}"] == "{states.start}"'
        yield "controllers.once()"
        yield f'assert {record}["{states.member}"] == "{states.final[0]}"'


def _taken(new: NewService, noun: FirstNoun) -> str:
    if not noun.name_member:
        return ""
    method = xform_name(noun.verbs["create"])
    return templates.TAKEN.format(**new.words, create_method=method, taken_code=noun.errors.taken_code)


def _cases(new: NewService) -> str:
    if new.noun is None:
        return templates.BARE_CASES.format(**new.words)
    noun = new.noun
    return templates.CASES.format(
        **new.words,
        a_words=_a(noun.name),
        given=repr(dict(noun.given)),
        fresh=_fresh(new, noun),
        made=_made(new, noun),
        cases="\n".join(f'    "{noun.verbs[verb]}": {_case(new, noun, verb)},' for verb in _tried(noun)),
    )


def _tried(noun: FirstNoun) -> Iterator[str]:
    return (
        verb for verb in noun.verbs if verb in ("create", "describe", "update", "delete", "list", "batch")
    )


def _fresh(new: NewService, noun: FirstNoun) -> str:
    if not noun.name_member:
        return "dict(GIVEN)"
    shape: Any = new.model.operations[noun.verbs["create"]].input_members[noun.name_member]
    plain = "" if allows(shape, "name-1") else '.replace("-", "")'
    return f'{{**GIVEN, "{noun.name_member}": w.fresh("name"){plain}}}'


def _made(new: NewService, noun: FirstNoun) -> str:
    call = f'w.client("{new.name}").{xform_name(noun.verbs["create"])}'
    if noun.name_member:
        return f'params = given(w)\n    {call}(**params)\n    return params["{noun.name_member}"]'
    return f"return {call}(**given(w)){_at(noun.trial.made)}"


def _case(new: NewService, noun: FirstNoun, verb: str) -> str:
    if verb == "create":
        return "Case(given, Outcome.OWN)"
    if verb == "list":
        return "Case(lambda w: {}, Outcome.OWN)"
    if verb == "batch":
        op = new.model.operations[noun.verbs["batch"]]
        member = next(name for name, shape in op.input_members.items() if shape.type_name == "list")
        return f'Case(lambda w: {{"{member}": [made(w)]}}, Outcome.OWN)'
    changed = {**(noun.changed or {})} if verb == "update" else {}
    changed.pop(noun.asked[verb], None)
    more = f", **{changed!r}" if changed else ""
    return f'Case(lambda w: {{"{noun.asked[verb]}": made(w){more}}}, Outcome.MISSING)'
