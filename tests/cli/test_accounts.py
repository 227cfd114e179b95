"""What an account may be called and numbered; making one is tested with a real platform in test_up."""

from __future__ import annotations

import re

import pytest

from clary.cli.accounts import wanted
from clary.cli.errors import CliError


def test_what_is_not_given_is_made_up_in_awss_forms() -> None:
    made = wanted("", "", "")
    assert re.fullmatch(r"[1-9]\d{11}", made.account)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made.access_key_id)
    assert len(made.secret_access_key) == 40
    assert wanted("", "", "") != made


@pytest.mark.parametrize(
    "account", ["12345678901", "1234567890123", "12345678901x", "１２３４５６７８９０１２"]
)
def test_an_id_is_twelve_digits(account: str) -> None:
    with pytest.raises(CliError, match="twelve digits"):
        wanted(account, "", "")


@pytest.mark.parametrize("key", ["short", "with/slash/0000000", "x" * 129])
def test_an_access_key_id_is_iams(key: str) -> None:
    # IAM API reference, accessKeyIdType: 16 to 128 of [\w]+
    with pytest.raises(CliError, match="16 to 128"):
        wanted("", key, "")
