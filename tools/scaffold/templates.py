"""The files of a new service as text. Formatting is ruff's."""

from __future__ import annotations

SERVICE = '''"""The service itself; the modules beside it register what answers its operations."""

{imports}
{folder} = Service("{name}"{options})
'''

ACCESS = '''"""What access control must know of {title}. Condition keys: its page of the Service Authorization Reference."""

from clary.plane import Access
from clary.services.{folder}.service import {folder}

{folder}.access = Access()
'''

ERRORS = '''"""The errors of {title}. The codes are the model's; let the sentences be those of a recording or of AWS's documentation."""

from clary.plane import Errors

ERRORS = Errors(
    missing_code="{missing_code}",
    missing="{missing}",
    taken_code="{taken_code}",
    taken="{taken}",
)
'''

NOUN = '''"""The {words}: it is created, shown, listed and deleted."""

from __future__ import annotations

from clary.plane import {names}
from clary.services.{folder}.errors import ERRORS
from clary.services.{folder}.service import {folder}

{variable} = {folder}.noun(
    Noun(
        "{noun}",
        # "Resource types defined by" the service in the Service Authorization Reference has the form of the ARN.
        arn="{arn}",
        {fields}
        errors=ERRORS,
    )
)
{controller}'''

CONTROLLER = '''

@{folder}.controller({variable})
def settle(record: Record, world: World) -> Step:
    """Look at the record and the world, act so that doing it twice does no harm, and return the next status."""
    {leaving}return Step("{ready}")
'''

LEAVING = """if record.status == "{leaving}":
        return Step(delete=True)
    """

TABLES = """\
-- Tables of {title}. A step that was released is never edited: what is to change comes with the next one.
create table if not exists {folder}_entry (
    scope text not null,                 -- account and region
    id text not null,
    body text not null,
    primary key (scope, id)
);
"""

PAGE = """\
{title}: {words}.

## Differences from AWS

- Only the members that are listed as acted on are there.
"""

TEST = '''"""{title}: the life of {a_words}, through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
{controllers_import}
GIVEN: dict[str, Any] = {given}


def test_it_is_created_shown_listed_and_deleted(client: Callable[..., Any]{controllers_argument}) -> None:
    {folder} = client("{name}")
    {create}
{life}

{taken}
def test_what_is_not_there_is_refused_by_name(client: Callable[..., Any]) -> None:
    """Name another operation when this one comes."""
    config = Config(parameter_validation=False)
    with pytest.raises(ClientError, match=r"NotImplemented.*{absent}"):
        client("{name}", config=config).{absent_method}(**{absent_given})
'''

TAKEN = """
def test_a_name_is_taken_once(client: Callable[..., Any]) -> None:
    {folder} = client("{name}")
    {folder}.{create_method}(**GIVEN)
    with pytest.raises(ClientError, match="{taken_code}"):
        {folder}.{create_method}(**GIVEN)

"""

BARE_TEST = '''"""{title}, through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def test_what_is_not_there_is_refused_by_name(client: Callable[..., Any]) -> None:
    """Name another operation when this one comes."""
    config = Config(parameter_validation=False)
    with pytest.raises(ClientError, match=r"NotImplemented.*{absent}"):
        client("{name}", config=config).{absent_method}(**{absent_given})
'''

BARE_CASES = '''"""{title}: an input for every operation that answers."""

from __future__ import annotations

from tests.security.matrix.case import Case

CASES: dict[str, Case] = {{}}
'''

CASES = '''"""{title}: an input for every operation that answers. Names mean those of the caller's account and region."""

from __future__ import annotations

from typing import Any

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import World

GIVEN: dict[str, Any] = {given}


def given(w: World) -> Params:
    """What {a_words} is created with, by a name of its own."""
    return {fresh}


def made(w: World) -> str:
    """Create {a_words} as the owner and return its name."""
    {made}


CASES = {{
{cases}
}}
'''
