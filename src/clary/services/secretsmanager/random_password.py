"""GetRandomPassword (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html)."""

from __future__ import annotations

import secrets
import string

from clary.plane import Context
from clary.services.secretsmanager.errors import invalid_parameter, invalid_request
from clary.services.secretsmanager.names import Params
from clary.services.secretsmanager.service import secretsmanager

_LENGTH = 32
_TYPES = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


@secretsmanager.operation
def get_random_password(ctx: Context, params: Params) -> Params:
    """Return a password of the system's entropy. Raise InvalidParameterException for one that is too short for a character
    of each type, and InvalidRequestException where no character is left."""
    length, excluded = params.get("PasswordLength", _LENGTH), params.get("ExcludeCharacters", "")
    types = _types(params, set(excluded))
    every = "".join(types) + (" " if params.get("IncludeSpace") and " " not in excluded else "")
    if not every:
        raise invalid_request("The parameters of the request leave no character for a password.")
    # "At least one upper and lowercase letter, one number, and one punctuation": a space is not a type.
    each = types if params.get("RequireEachIncludedType", True) else []
    if len(each) > length:
        raise invalid_parameter("Password length is too short based on the required types.")
    chosen = [secrets.choice(one) for one in each]
    chosen += [secrets.choice(every) for _ in range(length - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return {"RandomPassword": "".join(chosen)}


def _types(params: Params, excluded: set[str]) -> list[str]:
    """Return the characters of each type that is left."""
    types = [letters for name, letters in _TYPES.items() if not params.get(name)]
    return [left for one in types if (left := "".join(c for c in one if c not in excluded))]
