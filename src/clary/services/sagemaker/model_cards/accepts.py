"""Which members of the requests for model cards are acted on. A key for the content of a card is refused: there is no
second key below the home's folder."""

from __future__ import annotations

from clary.plane import Members

CARD = Members("ModelCardName Content ModelCardStatus Tags")
CHANGE = Members("ModelCardName Content ModelCardStatus")
EXPORT_JOB = Members("ModelCardName ModelCardVersion ModelCardExportJobName OutputConfig.S3OutputPath")
