"""The writer of PDF files (ISO 32000-1: file structure in 7.5, attached files in 7.11.4, texts in 9.4)."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from clary.services.sagemaker.model_cards import pdf
from clary.services.sagemaker.model_cards.content import require
from clary.services.sagemaker.model_cards.document import blocks_of
from clary.services.sagemaker.model_cards.layout import Chart, Heading, Paragraph, pages_of, wrapped
from tests.services.sagemaker.model_cards.content import text
from tests.services.sagemaker.model_cards.pdf_reader import Pdf

NOTHING = pdf.Attachment("c.json", "application/json", b"{}")


def file_of(*blocks: Any) -> Pdf:
    return Pdf(pdf.write(pages_of(blocks, "footer"), "title", 0.0, NOTHING))


def test_a_document_without_text_has_a_page() -> None:
    file = file_of()
    assert len(file.pages) == 1
    assert file.text() == "footer  -  page 1 of 1"
    assert file.attachment() == b"{}"


def test_the_same_document_is_the_same_bytes() -> None:
    pages = pages_of([Paragraph("a")], "f")
    assert pdf.write(pages, "t", 1e9, NOTHING) == pdf.write(pages, "t", 1e9, NOTHING)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a (b) \\ c", "a (b) \\ c"),
        ("Zoë – “€”", "Zoë – “€”"),
        ("ő ﬁ", "o fi"),
        ("日本", "??"),
        ("a\x00b\x1b", "a b "),
        ("))((\\", "))((\\"),
    ],
)
def test_characters(said: str, shown: str) -> None:
    assert shown in file_of(Paragraph(said)).text().split("\n")


def test_long_texts_are_broken_into_lines_and_pages() -> None:
    words = " ".join(f"word{number}" for number in range(3000))
    file = file_of(Heading("h"), Paragraph(words, "label"), Paragraph("x" * 3000))
    assert len(file.pages) > 5
    lines = file.text().split("\n")
    assert " ".join(one for one in lines if one.startswith("word")) == words
    assert "".join(one for one in lines if set(one) == {"x"}) == "x" * 3000
    assert all(pdf.width_of(one, 10) <= pdf.WIDTH for one in lines)


def test_lines_are_as_long_as_they_may_be() -> None:
    assert list(wrapped("aa bb cc", 10, pdf.width_of("aa bb", 10) + 0.01)) == ["aa bb", "cc"]
    assert list(wrapped("\n\na", 10, 100)) == ["", "", "a"]
    assert list(wrapped("", 10, 100)) == [""]


@pytest.mark.parametrize(
    "chart",
    [
        Chart(points=[(0.0, 0.0)]),
        Chart(points=[(1.0, 5.0), (1.0, 5.0)]),
        Chart(points=[(-1e308, 1e308), (1e308, -1e308)]),
        Chart(bars=[0.0]),
        Chart(bars=[-3.0, 2.0]),
        Chart(bars=[1e308, -1e308]),
    ],
)
def test_charts_stay_on_the_page(chart: Chart) -> None:
    (content,) = pages_of([chart], "f")
    numbers = [float(word) for word in content.split() if word.replace(b".", b"").lstrip(b"-").isdigit()]
    assert len(numbers) > 10
    assert all(math.isfinite(one) and -pdf.HEIGHT <= one <= pdf.HEIGHT for one in numbers)
    assert b"nan" not in content
    assert b"inf" not in content


def test_the_largest_content_is_drawn() -> None:
    """Whatever a user writes in 100,000 characters makes a bounded document."""
    points = [[number, number] for number in range(6000)]
    metric = {"name": "m", "type": "linear_graph", "value": points}
    group = {"name": "g", "metric_data": [metric]}
    lines = "\n" * 2000
    content = text(
        evaluation_details=[{"name": "e", "metric_groups": [group]}],
        intended_uses={"purpose_of_model": lines, "intended_uses": lines},
        training_details={"objective_function": json.loads("[" * 300 + "]" * 300)},
    )
    assert len(content) < 100_000
    file = file_of(*blocks_of("c", {}, require(content)))
    assert len(file.pages) < 200
