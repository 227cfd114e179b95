"""GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial, for keys with the origin EXTERNAL.

RSA is done outside of transactions. Source: "Importing key material" (KMS Developer Guide); API reference.
"""

from __future__ import annotations

import base64
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Record, revise
from clary.plane.sealing import Damaged
from clary.services.kms import errors, targets
from clary.services.kms.key_specs import SYMMETRIC
from clary.services.kms.keys import noun, relatives, states, waits
from clary.services.kms.keys.noun import ENABLED, PENDING_IMPORT
from clary.services.kms.materials import rows, tokens, wrapping
from clary.services.kms.materials.checked import checked, incorrect
from clary.services.kms.materials.rows import Material
from clary.services.kms.materials.secrets import Secret, loaded
from clary.services.kms.service import kms

Params = dict[str, Any]
_NEW, _EXISTING = "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"
_EXPIRES, _STAYS = "KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"
_LONGEST = 365 * 86_400.0  # seconds (API reference, ImportKeyMaterial, ValidTo)


@kms.operation(on=targets.on_plain_key, lane="compute")
def get_parameters_for_import(ctx: Context, params: Params) -> Params:
    """Return a public key to wrap material with, and the token that must come with it."""
    algorithm, spec = params["WrappingAlgorithm"], params["WrappingKeySpec"]
    with ctx.transaction() as inner:
        key = _external(inner, params)
    wrapping.check(algorithm, spec, noun.spec_of(key))
    private, public = wrapping.new_pair(algorithm, spec)
    until = ctx.business.now + tokens.LIFE
    token = tokens.written(ctx, tokens.Token(key.arn, algorithm, until, private))
    return {"KeyId": key.arn, "ImportToken": token, "PublicKey": public, "ParametersValidTo": until}


@kms.operation(on=targets.on_plain_key, lane="compute")
def import_key_material(ctx: Context, params: Params) -> Params:
    """Take wrapped material: the first of a key, the same again, or a new one for the next rotation."""
    expires = _expires(ctx, params)
    with ctx.transaction() as inner:
        key = _external(inner, params)
    token = tokens.read(ctx, params["ImportToken"], key.arn)
    try:
        bytes_ = wrapping.unwrapped(token.algorithm, loaded(token.private), params["EncryptedKeyMaterial"])
    except Damaged:
        raise errors.invalid_ciphertext() from None
    secret = checked(noun.spec_of(key), bytes_)
    with ctx.transaction(write=True) as inner:
        id = _take(inner, _external(inner, params), params, secret, expires)
    return {"KeyId": key.arn} | ({"KeyMaterialId": id} if key.spec["KeySpec"] == SYMMETRIC else {})


@kms.operation(on=targets.on_plain_key)
def delete_imported_key_material(ctx: Context, params: Params) -> Params:
    """Forget material, so that the key cannot be used until the same is imported again."""
    key = targets.plain_key_of(ctx, params)
    _require_external(key)
    states.refuse_leaving(key)
    id = params.get("KeyMaterialId") or key.private.get("material")
    if id is not None:
        _forget(ctx, key, id, named="KeyMaterialId" in params)
    shown = id is not None and key.spec["KeySpec"] == SYMMETRIC
    return {"KeyId": key.arn} | ({"KeyMaterialId": id} if shown else {})


def _forget(ctx: Context, key: Record, id: str, *, named: bool) -> None:
    found = rows.find(ctx.tx, key, id)
    if found is None:
        if named:
            raise errors.not_found(f"Key material {id} does not exist for {key.arn}")
        return
    rows.forget(ctx.tx, key, [id])
    hidden = {"ExpirationModel": None, "ValidTo": None} if id == key.private.get("material") else {}
    status = key.status if found.state == rows.PENDING else PENDING_IMPORT
    waits.write(ctx, revise(key, observed=hidden, status=status))


def _external(ctx: Context, params: Params) -> Record:
    key = targets.plain_key_of(ctx, params)
    _require_external(key)
    states.refuse_leaving(key)
    return key


def _require_external(key: Record) -> None:
    if not noun.is_imported(key):
        raise errors.unsupported(
            f"{key.arn} origin is {key.spec['Origin']} which is not valid for this operation."
        )


def _expires(ctx: Context, params: Params) -> float | None:
    """Return when the material expires, in business time; None if it does not. Raise ValidationException."""
    model, until = params.get("ExpirationModel", _EXPIRES), params.get("ValidTo")
    if model == _STAYS:
        if until is not None:
            raise validation(f"A validTo date cannot be set if the ExpirationModel is {_STAYS}")
        return None
    if until is None:
        raise validation(f"A validTo date must be set if the ExpirationModel is {_EXPIRES}")
    moment = until.timestamp() if hasattr(until, "timestamp") else float(until)
    if not 0 < moment - ctx.business.now <= _LONGEST:
        raise validation("The validTo date must be in the future, and at most 365 days away")
    return moment


def _take(ctx: Context, key: Record, params: Params, secret: Secret, expires: float | None) -> str:
    """Store material and return its id."""
    id = rows.id_of(key.id, secret.private)
    kept = rows.all_of(ctx.tx, key)
    if params.get("KeyMaterialId", id) != id:
        raise incorrect()
    kind = params.get("ImportType") or (_EXISTING if kept else _NEW)
    if kind == _NEW:
        _take_new(ctx, key, params, kept, id, secret, expires)
    else:
        _take_again(ctx, key, params, kept, id, secret, expires)
    _write(ctx, key, id if not kept else key.private["material"], secret)
    return id


def _take_new(
    ctx: Context,
    key: Record,
    params: Params,
    kept: list[Material],
    id: str,
    secret: Secret,
    expires: float | None,
) -> None:
    """Store the first material of a key, or one for its next rotation, which symmetric encryption keys alone have."""
    if kept and key.spec["KeySpec"] != SYMMETRIC:
        raise incorrect()
    if kept and relatives.others(ctx.tx, key):
        raise not_implemented(
            "kms", "ImportKeyMaterial with ImportType NEW_KEY_MATERIAL for a key with replicas"
        )
    elsewhere = {one.id for other in relatives.others(ctx.tx, key) for one in rows.all_of(ctx.tx, other)}
    if any(one.id == id for one in kept) or (elsewhere and id not in elsewhere):
        raise incorrect()  # the keys of a multi-Region key have the same material
    if any(one.state == rows.PENDING for one in kept):
        raise errors.invalid_state(f"There is key material pending rotation for the key already: {key.arn}.")
    rows.add(
        ctx.tx,
        ctx.platform.settings.sealing_key,
        key,
        secret.private,
        state=rows.PENDING if kept else rows.CURRENT,
        description=params.get("KeyMaterialDescription", ""),
        expires=expires,
    )


def _take_again(
    ctx: Context,
    key: Record,
    params: Params,
    kept: list[Material],
    id: str,
    secret: Secret,
    expires: float | None,
) -> None:
    if all(one.id != id for one in kept):
        raise incorrect()
    sealer, description = ctx.platform.settings.sealing_key, params.get("KeyMaterialDescription")
    rows.restore(ctx.tx, sealer, key, id, secret.private, expires, description)


def _write(ctx: Context, key: Record, current: str, secret: Secret) -> None:
    """Write what the key's record says of its current material, and enable a key that lacks none any more."""
    found = rows.find(ctx.tx, key, current)
    shown: Params = {}
    if found is not None and found.sealed is not None:
        shown = {"ExpirationModel": _STAYS if found.expires is None else _EXPIRES, "ValidTo": found.expires}
    private: Params = {"material": current}
    if secret.public:
        private["public"] = base64.b64encode(secret.public).decode()
    ready = key.status == PENDING_IMPORT and not waits.lacks_material(ctx.tx, key)
    waits.write(ctx, revise(key, observed=shown, private=private, status=ENABLED if ready else key.status))
