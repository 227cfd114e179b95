"""How services spell the same things: verbs, name, ARN and times. Data; knows no operation.

`{Noun}` is the noun as the model writes it (`TrainingJob`), `{noun}` the same with a small first letter. If
there are several spellings, a noun is found by any of them and shown with all: rendering drops what a shape
does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clary.plane.nouns.errors import Errors
from clary.plane.nouns.tags import TagRules

# The verbs of a noun, each with the names of its operation in AWS's models. `{Nouns}` is any plural
# (operations.py).
VERBS: Mapping[str, tuple[str, ...]] = {
    "create": ("Create{Noun}", "Register{Noun}", "Put{Noun}"),
    "describe": ("Describe{Noun}", "Get{Noun}"),
    "update": ("Update{Noun}",),
    "start": ("Start{Noun}",),
    "stop": ("Stop{Noun}",),
    "delete": ("Delete{Noun}", "Deregister{Noun}"),
    "list": ("List{Nouns}", "Describe{Nouns}", "Get{Nouns}"),
    "batch": ("BatchGet{Nouns}",),
}

# The models' names for the two times of a record and for its ARN, ignoring case.
CREATED = frozenset(
    [
        "creationtime",
        "createdtime",
        "createdat",
        "created",
        "createtime",
        "createdate",
        "createddate",
        "createdon",
        "creationdate",
        "creationtimestamp",
        "createtimestamp",
    ]
)
MODIFIED = frozenset(
    [
        "lastmodifiedtime",
        "modifiedtime",
        "lastmodified",
        "lastmodifieddate",
        "lastmodifiedon",
        "lastmodifiedat",
        "updatedat",
        "lastupdatedat",
        "lastupdated",
        "lastupdatedtime",
        "updatetime",
        "updatedtime",
        "updatedon",
        "modifiedat",
    ]
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The spellings of one service.

    `name` is the key member of a noun that declares no key, `also_named` are other members with the same
    meaning. `page` is the default page size of Lists, `order` their default sort column, `newest_first`
    whether it is descending. With `replaces`, Update replaces all content instead of changing the members
    that it names.
    """

    name: str = "{Noun}Name"
    also_named: tuple[str, ...] = ()
    arn: tuple[str, ...] = ("{Noun}Arn",)
    created: tuple[str, ...] = ("CreationTime",)
    modified: tuple[str, ...] = ("LastModifiedTime",)
    page: int = 100
    order: str = "id"
    newest_first: bool = False
    replaces: bool = False
    errors: Errors = field(default_factory=Errors)
    tags: TagRules = field(default_factory=TagRules)

    def spelled(self, words: tuple[str, ...], noun: str) -> tuple[str, ...]:
        """Return these words, spelled for a noun."""
        return tuple(spelled(word, noun) for word in words)


def spelled(word: str, noun: str) -> str:
    """Return `TrainingJobName` for `{Noun}Name` and TrainingJob."""
    return word.replace("{Noun}", noun).replace("{noun}", noun[:1].lower() + noun[1:])


SAGEMAKER = Dialect(page=10, order="created", newest_first=True)
GLUE = Dialect(
    name="Name",
    also_named=("{Noun}Name",),
    arn=(),
    created=("CreatedOn", "CreationTime", "CreateTime"),
    modified=("LastModifiedOn", "LastUpdated", "LastModifiedTime", "UpdateTime"),
    replaces=True,
    errors=Errors(
        "EntityNotFoundException", "Entity not found", "AlreadyExistsException", "{id} already exists."
    ),
)
DATABREW = Dialect(
    name="Name",
    arn=("ResourceArn",),
    created=("CreateDate",),
    modified=("LastModifiedDate",),
    errors=Errors(
        "ResourceNotFoundException",
        "Can't find the resource {id}",
        "ConflictException",
        "The resource {id} already exists.",
    ),
)
LAMBDA = Dialect(
    also_named=("Name",),
    created=(),
    modified=("LastModified",),
    page=50,
    errors=Errors(
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
        "ResourceConflictException",
        "Resource already exists: {arn}",
    ),
)
CAMEL = Dialect(
    name="{noun}Name",
    also_named=("name",),
    arn=("{noun}Arn", "arn"),
    created=("createdAt",),
    modified=("updatedAt", "lastModifiedAt"),
    errors=Errors(
        "ResourceNotFoundException",
        "The {words} with name '{id}' does not exist.",
        "ConflictException",
        "The {words} with name '{id}' already exists.",
    ),
)
