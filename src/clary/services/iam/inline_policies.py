"""Inline policies of users, groups and roles."""

from __future__ import annotations

from typing import Any

from clary.access.policy_checks import check_identity_policy
from clary.plane import Context
from clary.services.iam import entities, errors, relations
from clary.services.iam.service import NAMES, answer, document, named

Params = dict[str, Any]
# IAM quotas: characters of all inline policies together, without white space.
_LONGEST = {"user": 2048, "group": 5120, "role": 10240}


def _put(kind: str) -> Any:
    def put_policy(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        name, text = params["PolicyName"], params["PolicyDocument"]
        check_identity_policy(text, ctx.partition)
        held = {**relations.inline_policies(ctx.tx, entity.id), name: text}
        if sum(len("".join(one.split())) for one in held.values()) > _LONGEST[kind]:
            raise errors.limit_exceeded(
                f"Maximum policy size of {_LONGEST[kind]} bytes exceeded for {kind} {entity.name}"
            )
        ctx.tx.sql(
            "INSERT INTO iam_inline (owner, name, document) VALUES (?, ?, ?) "
            "ON CONFLICT (owner, name) DO UPDATE SET document = excluded.document",
            entity.id, name, text,
        )  # fmt: skip
        return {}

    return put_policy


def _get(kind: str) -> Any:
    def get_policy(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        name = params["PolicyName"]
        text = relations.inline_policies(ctx.tx, entity.id).get(name)
        if text is None:
            raise _no_such_policy(kind, name)
        return {NAMES[kind]: entity.name, "PolicyName": name, "PolicyDocument": document(text)}

    return get_policy


def _delete(kind: str) -> Any:
    def delete_policy(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        name = params["PolicyName"]
        if name not in relations.inline_policies(ctx.tx, entity.id):
            raise _no_such_policy(kind, name)
        ctx.tx.sql("DELETE FROM iam_inline WHERE owner = ? AND name = ?", entity.id, name)
        return {}

    return delete_policy


def _list(kind: str) -> Any:
    def list_policies(ctx: Context, params: Params) -> Params:
        entity = entities.find(ctx, kind, params[NAMES[kind]])
        names, more = entities.paginate(ctx, params, relations.inline_policies(ctx.tx, entity.id), str)
        return {"PolicyNames": names, **more}

    return list_policies


def _no_such_policy(kind: str, name: str) -> Exception:
    return errors.no_such_entity(f"The {kind} policy with name {name} cannot be found.")


for _kind, _word in (("user", "User"), ("group", "Group"), ("role", "Role")):
    answer(f"Put{_word}Policy", _put(_kind), named(_kind))
    answer(f"Get{_word}Policy", _get(_kind), named(_kind))
    answer(f"Delete{_word}Policy", _delete(_kind), named(_kind))
    answer(f"List{_word}Policies", _list(_kind), named(_kind))
