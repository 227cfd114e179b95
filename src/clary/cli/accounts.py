"""`clary account create` and `rotate-key`: further AWS accounts on the same platform, and new root keys."""

from __future__ import annotations

import argparse
import json
import re
import secrets
import sys
from dataclasses import asdict

from clary.cli.errors import CliError
from clary.cli.home import Identity, home_at, up_command, write_private
from clary.cli.local_api import ask

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    account = commands.add_parser("account", help="make further accounts, replace root keys")
    verbs = account.add_subparsers(required=True, metavar="VERB")
    _add_rotate_key(verbs)
    create = verbs.add_parser("create", help="make an account and print its root key")
    create.add_argument("name", metavar="NAME", help="what to call it here, as in `clary env --account NAME`")
    create.add_argument("--home", help="the platform's folder (CLARY_HOME, else ~/.clary)")
    create.add_argument("--id", default="", help="twelve digits; made up when not given")
    create.add_argument("--access-key-id", default="", help="of its root; made up when not given")
    create.add_argument("--secret-access-key", default="", help="of its root; made up when not given")
    create.set_defaults(command=create_)


def _add_rotate_key(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rotate = verbs.add_parser(
        "rotate-key", help="give an account's root a new key; the old ones stop at once"
    )
    rotate.add_argument("--home", help="the platform's folder (CLARY_HOME, else ~/.clary)")
    rotate.add_argument(
        "--account",
        default="",
        metavar="ID",
        help="twelve digits, or a name of `account create` (the first account)",
    )
    rotate.set_defaults(command=rotate_key)


def rotate_key(args: argparse.Namespace) -> int:
    """Have the platform replace the key, in its store and in the home; print the new one."""
    home = home_at(args.home)
    root, endpoint = home.identity(), home.endpoint()
    if endpoint is None:
        raise CliError(
            f"the platform of {home.path} is not up, and a key is replaced by it alone; start it with: "
            f"{up_command(home.path)}"
        )
    is_id = re.fullmatch(r"\d{12}", args.account, re.ASCII)
    account = args.account if is_id else home.identity(args.account).account
    answer = ask(endpoint, root, "POST", f"/_clary/accounts/{account}/rotate-key")
    print(json.dumps(answer, indent=2))
    print(
        "clary: the old keys of this root have stopped; run `clary env` again where one is in use",
        file=sys.stderr,
    )
    return 0


def create_(args: argparse.Namespace) -> int:
    """Make the account, keep its keys in the home, print them."""
    from clary.cli.default_role import ensure_role

    home = home_at(args.home)
    root, path, endpoint = home.identity(), home.account_file(args.name), home.endpoint()
    if path.exists():
        raise CliError(
            f"there is an account {args.name!r} already; its keys: clary env --account {args.name}"
        )
    if endpoint is None:
        raise CliError(f"the platform of {home.path} is not up; start it with: {up_command(home.path)}")
    identity = wanted(args.id, args.access_key_id, args.secret_access_key)
    if identity.account == root.account or identity.access_key_id == root.access_key_id:
        raise CliError(
            "that is the first account; leave --id and --access-key-id away to have others made up"
        )
    # The keys are kept first: an account whose only key is lost could never be used.
    write_private(path, json.dumps(asdict(identity), indent=2) + "\n")
    try:
        ask(endpoint, root, "POST", "/_clary/accounts", {**asdict(identity), "name": args.name})
    except CliError:
        path.unlink()
        raise
    ensure_role(identity, endpoint, home.location())
    print(json.dumps(asdict(identity), indent=2))
    return 0


def wanted(account: str, access_key_id: str, secret_access_key: str) -> Identity:
    """The account as asked for, the rest made up. Raises CliError for what AWS would not accept."""
    if account and not re.fullmatch(r"\d{12}", account, re.ASCII):
        raise CliError(f"an account's id is twelve digits, not {account!r}")
    # IAM's accessKeyIdType: 16 to 128 word characters.
    if access_key_id and not re.fullmatch(r"\w{16,128}", access_key_id, re.ASCII):
        raise CliError("an access key id is 16 to 128 letters, digits and underscores")
    return Identity(
        account or str(secrets.randbelow(9 * 10**11) + 10**11),
        access_key_id or "AKIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16)),
        secret_access_key or secrets.token_urlsafe(30),
    )
