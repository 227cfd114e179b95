"""The public access block of an account, which holds for all of its buckets beside their own.

Source: "Configuring block public access settings for your account"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html).
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import public_access
from clary.services.s3.control.service import control, own_account

Params = dict[str, Any]


@control.operation(action="GetAccountPublicAccessBlock")
def get_public_access_block(ctx: Context, params: Params) -> Params:
    account = own_account(ctx, params)
    found = public_access.of_account(ctx.tx, account)
    if found is None:
        message = "The public access block configuration was not found"
        raise AwsError("NoSuchPublicAccessBlockConfiguration", message, 404, {"AccountId": account})
    return {"PublicAccessBlockConfiguration": found}


@control.operation(
    action="PutAccountPublicAccessBlock", accepts=Members("AccountId PublicAccessBlockConfiguration")
)
def put_public_access_block(ctx: Context, params: Params) -> Params:
    account, wanted = own_account(ctx, params), params["PublicAccessBlockConfiguration"]
    if not wanted:
        raise AwsError("InvalidRequest", "Must specify at least one configuration.")
    block = {name: bool(wanted.get(name)) for name in public_access.BLOCKS}
    public_access.put_on_account(ctx.tx, account, block)
    return {}


@control.operation(action="PutAccountPublicAccessBlock", accepts=Members("AccountId"))
def delete_public_access_block(ctx: Context, params: Params) -> Params:
    public_access.put_on_account(ctx.tx, own_account(ctx, params), None)
    return {}
