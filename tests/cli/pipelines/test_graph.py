"""A pipeline's graph: read, in rails of text, in layers, as a picture."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from clary.cli.pipelines.drawing import draw
from clary.cli.pipelines.graph import Graph, read
from clary.cli.pipelines.layers import layout
from clary.cli.pipelines.rails import rails
from clary.cli.pipelines.states import State

_SVG = "{http://www.w3.org/2000/svg}"


def step(name: str, *after: str, uses: str = "", **arguments: Any) -> dict[str, Any]:
    if uses:
        arguments["Source"] = [{"Get": f"Steps.{uses}.ModelArtifacts"}]
    return {"Name": name, "Type": "Training", "DependsOn": list(after), "Arguments": arguments}


def gate(
    name: str, then: list[dict[str, Any]], other: list[dict[str, Any]], uses: str = ""
) -> dict[str, Any]:
    arguments = {
        "Conditions": [{"Get": f"Steps.{uses}.X"}] if uses else [],
        "IfSteps": then,
        "ElseSteps": other,
    }
    return {"Name": name, "Type": "Condition", "Arguments": arguments}


def graph(*steps: dict[str, Any]) -> Graph:
    return read(json.dumps({"Version": "2020-12-01", "Steps": steps}))


BRANCHED = graph(
    step("Split"),
    step("Train", uses="Split"),
    gate("Gate", [step("Yes"), step("Last", "Yes")], [step("No")], uses="Train"),
)


def test_edges_are_what_steps_wait_for() -> None:
    assert {name: set(node.after) for name, node in BRANCHED.items()} == {
        "Split": set(),
        "Train": {"Split"},
        "Gate": {"Train"},
        "Yes": {"Gate"},
        "Last": {"Yes"},
        "No": {"Gate"},
    }
    assert [(node.condition, node.taken) for node in BRANCHED.values()][3:] == [
        ("Gate", True),
        ("Gate", True),
        ("Gate", False),
    ]


def test_an_edge_that_another_one_leads_to_is_left_out() -> None:
    found = graph(step("A"), step("B", "A"), step("C", "A", "B"))
    assert found["C"].after == {"B"}


def test_steps_come_behind_those_that_they_wait_for() -> None:
    assert list(graph(step("C", "B"), step("B", "A"), step("A"))) == ["A", "B", "C"]


def test_rails() -> None:
    """A rail begins at a step and ends at the last one that waits for it."""
    assert list(rails(BRANCHED)) == [
        ("Split", "*"),
        ("Train", "*"),
        ("Gate", "*"),
        ("Yes", "├─*"),
        ("Last", "│ *"),
        ("No", "*"),
    ]
    joined = graph(
        step("A"), step("B", "A"), step("C", "A"), step("D", "A"), step("E", "B", "C", "D"), step("F")
    )
    assert list(rails(joined)) == [
        ("A", "*"),
        ("B", "├─*"),
        ("C", "├─┼─*"),
        ("D", "* │ │"),
        ("E", "*─┴─╯"),
        ("F", "*"),
    ]


def any_graph(seed: int) -> Graph:
    """Forty steps, each behind some of the ten before it."""
    chance = random.Random(seed)
    return graph(
        *(
            step(
                f"S{n}", *{f"S{chance.randrange(max(0, n - 10), n)}" for _ in range(chance.randrange(3)) if n}
            )
            for n in range(40)
        )
    )


def test_layers_go_down_and_steps_do_not_overlap() -> None:
    for seed in range(20):
        found = any_graph(seed)
        made = layout(found, 100, 10)
        level = {entry: number for number, layer in enumerate(made.layers) for entry in layer}
        assert all(level[source] < level[name] for source, name in made.ways)
        assert set(made.ways) == {(source, name) for name, node in found.items() for source in node.after}
        for layer in made.layers:
            assert [made.x[entry] for entry in layer] == sorted(made.x[entry] for entry in layer)
            steps = [entry for entry in layer if entry in found]
            assert all(made.x[right] - made.x[left] > 99.99 for left, right in pairwise(steps))


def test_a_chain_is_straight_and_a_fork_is_even() -> None:
    made = layout(graph(step("A"), step("B", "A"), step("C", "B"), step("D", "B")), 100, 10)
    assert made.x["A"] == made.x["B"] == (made.x["C"] + made.x["D"]) / 2


def test_a_picture_says_every_step_and_its_state() -> None:
    states = {
        "Split": State("Succeeded", 3.2),
        "Train": State("Failed", 12, "<Error> & more"),
        "Gate": State("Executing"),
    }
    picture = ElementTree.fromstring(draw("a<b", ("one & two",), BRANCHED, states))
    texts = ["".join(text.itertext()) for text in picture.iter(f"{_SVG}text")]
    assert {*BRANCHED, "a<b", "one & two", "3.2 s", "true", "false"} <= set(texts)
    titles = [title.text for title in picture.iter(f"{_SVG}title")]
    assert "Train (Training) failed: <Error> & more" in titles
    assert "No (Training) not run" in titles
    assert len(list(picture.iter(f"{_SVG}circle"))) == len(BRANCHED)


def test_a_picture_of_nothing() -> None:
    assert ElementTree.fromstring(draw("empty", ("0 steps",), graph(), {})).tag == f"{_SVG}svg"
