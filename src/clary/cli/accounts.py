"""`clary account create` and `clary account rotate-key`: more AWS accounts on a platform, and new root keys."""

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
from clary.cli.sealed import closed_identity

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    account = commands.add_parser("account", help="create accounts and replace root keys")
    verbs = account.add_subparsers(required=True, metavar="VERB")
    _add_rotate_key(verbs)
    create = verbs.add_parser("create", help="create an account and print its root key")
    create.add_argument(
        "name", metavar="NAME", help="name for use on this machine, as in `clary env --account NAME`"
    )
    create.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    create.add_argument("--id", default="", help="account id of 12 digits (default: random)")
    create.add_argument("--access-key-id", default="", help="of the root user (default: random)")
    create.add_argument("--secret-access-key", default="", help="of the root user (default: random)")
    create.set_defaults(command=create_)


def _add_rotate_key(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rotate = verbs.add_parser(
        "rotate-key", help="give an account's root user a new key; old keys stop working at once"
    )
    rotate.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    rotate.add_argument(
        "--account",
        default="",
        metavar="ID",
        help="account id, or a name given to `account create` (default: the first account)",
    )
    rotate.set_defaults(command=rotate_key)


def rotate_key(args: argparse.Namespace) -> int:
    """Have the platform replace the key in its store and in the home; print the new one."""
    home = home_at(args.home)
    root, endpoint = home.identity(), home.endpoint()
    if endpoint is None:
        raise CliError(
            f"the platform of {home.path} is not running, and only the platform can replace a key; start it with: "
            f"{up_command(home.path)}"
        )
    is_id = re.fullmatch(r"\d{12}", args.account, re.ASCII)
    account = args.account if is_id else home.identity(args.account).account
    answer = ask(endpoint, root, "POST", f"/_clary/accounts/{account}/rotate-key")
    print(json.dumps(answer, indent=2))
    print(
        "clary: the old root keys no longer work; run `clary env` again in shells that use them",
        file=sys.stderr,
    )
    return 0


def create_(args: argparse.Namespace) -> int:
    """Create the account, keep its keys in the home, print them."""
    from clary.cli.default_role import ensure_role

    home = home_at(args.home)
    root, path = home.identity(), home.account_file(args.name)
    if path.exists():
        raise CliError(f"account {args.name!r} exists; show its keys with: clary env --account {args.name}")
    endpoint = home.running()
    identity = wanted(args.id, args.access_key_id, args.secret_access_key)
    if identity.account == root.account or identity.access_key_id == root.access_key_id:
        raise CliError(
            "the first account has this id or key; omit --id and --access-key-id to get random ones"
        )
    # Store the keys first: without them, nobody could use the account.
    sealed = closed_identity(home.path, path, asdict(identity))
    write_private(path, json.dumps(sealed, indent=2) + "\n")
    try:
        ask(endpoint, root, "POST", "/_clary/accounts", {**asdict(identity), "name": args.name})
    except CliError:
        path.unlink()
        raise
    ensure_role(identity, endpoint, home.location())
    print(json.dumps(asdict(identity), indent=2))
    return 0


def wanted(account: str, access_key_id: str, secret_access_key: str) -> Identity:
    """Return the requested account, with the rest made up. Raise CliError for values that AWS would not
    accept."""
    if account and not re.fullmatch(r"\d{12}", account, re.ASCII):
        raise CliError(f"an account id must have 12 digits, not {account!r}")
    # IAM's accessKeyIdType: 16 to 128 word characters.
    if access_key_id and not re.fullmatch(r"\w{16,128}", access_key_id, re.ASCII):
        raise CliError("an access key id must have 16 to 128 letters, digits and underscores")
    return Identity(
        account or str(secrets.randbelow(9 * 10**11) + 10**11),
        access_key_id or "AKIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16)),
        secret_access_key or secrets.token_urlsafe(30),
    )
