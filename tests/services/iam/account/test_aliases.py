"""Aliases of accounts, and preferences for STS. Oracle: API reference (CreateAccountAlias, DeleteAccountAlias)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.plane import Platform
from tests.support.refusals import error_of


def test_an_account_has_one_alias(client: Callable[..., Any]) -> None:
    iam = client("iam")
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias="first")
    iam.create_account_alias(AccountAlias="second")
    assert iam.list_account_aliases()["AccountAliases"] == ["second"]
    missing = error_of(lambda: iam.delete_account_alias(AccountAlias="first"))
    assert missing == ("NoSuchEntity", "The account alias first cannot be found.", 404)
    iam.delete_account_alias(AccountAlias="second")
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_two_accounts_have_no_alias_together(client: Callable[..., Any], platform: Platform) -> None:
    """ "The account alias must be unique" (IAM User Guide, "Your AWS account alias")."""
    iam = client("iam")
    with platform.store.write() as tx:
        tx.sql("INSERT INTO iam_alias (alias, account) VALUES ('theirs', '444455556666')")
    taken = error_of(lambda: iam.create_account_alias(AccountAlias="theirs"))
    assert taken == ("EntityAlreadyExists", "The account alias theirs already exists.", 409)
    assert iam.list_account_aliases()["AccountAliases"] == []
    assert error_of(lambda: iam.delete_account_alias(AccountAlias="theirs"))[0] == "NoSuchEntity"


def test_preferences_for_tokens_are_shown(client: Callable[..., Any]) -> None:
    iam = client("iam")
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 1
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 2


def test_a_summary_counts_what_there_is(client: Callable[..., Any]) -> None:
    """API reference, GetAccountSummary: the keys of SummaryMap."""
    iam = client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="team")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    found = iam.get_account_summary()["SummaryMap"]
    counts = {"Users": 1, "Groups": 1, "Roles": 0, "MFADevices": 1, "MFADevicesInUse": 0, "Providers": 0}
    assert {name: found[name] for name in counts} == counts
    assert (found["AccountAccessKeysPresent"], found["AccountMFAEnabled"]) == (1, 0)
