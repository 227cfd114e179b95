"""Model cards, their versions and export jobs."""

from __future__ import annotations

import json

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import TAGS, made, plus, shared
from tests.security.matrix.world import MARKER, World

_CONTENT = json.dumps({"intended_uses": {"purpose_of_model": MARKER}})


def _card(w: World) -> Params:
    return {"ModelCardName": w.fresh("card"), "Content": _CONTENT, "ModelCardStatus": "Draft"}


card = made("create_model_card", _card, "ModelCardName", Tags=TAGS)
a_card = shared("model card", card)


def _export(w: World) -> Params:
    where = {"S3OutputPath": "s3://bucket/cards"}
    return {**a_card(w), "ModelCardExportJobName": w.fresh("export"), "OutputConfig": where}


def _exported(w: World) -> Params:
    made = w.client("sagemaker").create_model_card_export_job(**_export(w))
    return {"ModelCardExportJobArn": made["ModelCardExportJobArn"]}


_MISSING, _OWN = Outcome.MISSING, Outcome.OWN

CASES = {
    "CreateModelCard": Case(_card, _OWN),
    "CreateModelCardExportJob": Case(_export, _MISSING),
    "DeleteModelCard": Case(card, _MISSING),
    "DescribeModelCard": Case(a_card, _MISSING),
    "DescribeModelCardExportJob": Case(shared("export", _exported), _MISSING),
    "ListModelCardExportJobs": Case(a_card, _OWN),
    "ListModelCardVersions": Case(a_card, _MISSING),
    "ListModelCards": Case(lambda w: {}, _OWN),
    "UpdateModelCard": Case(plus(card, ModelCardStatus="Approved"), _MISSING),
}
