"""The quality harness notices a drop, a figure without a floor, and a figure that is not measured any more."""

from __future__ import annotations

import tomllib

import pytest

from benchmarks.quality.__main__ import FLOORS, SCORERS, judge, raised


@pytest.mark.parametrize(
    ("figures", "floors", "said"),
    [
        ({"f1": 0.94}, {"f1": 0.95}, "BELOW THE FLOOR"),
        ({"f1": 0.95, "new": 1.0}, {"f1": 0.95}, "no floor in floors.toml"),
        ({"f1": 0.95}, {"f1": 0.95, "old": 0.5}, "not measured any more"),
    ],
)
def test_what_is_wrong_is_said_and_counted(figures, floors, said) -> None:
    rows, wrong = judge("pack", figures, floors)
    assert wrong == 1
    assert said in [row[3] for row in rows]


def test_figures_at_their_floor_pass() -> None:
    assert judge("pack", {"f1": 0.95, "recall": 1.0}, {"f1": 0.95, "recall": 0.99})[1] == 0


def test_floors_are_raised_and_never_lowered() -> None:
    text = raised({"robots": {"rfc": 0.9999, "reppy": 0.5}}, {"robots": {"reppy": 0.9}, "urls": {"surt": 1.0}})
    assert tomllib.loads(text) == {"robots": {"rfc": 0.995, "reppy": 0.9}, "urls": {"surt": 1.0}}


def test_every_floor_belongs_to_a_scorer() -> None:
    floors = tomllib.loads(FLOORS.read_text("utf-8"))
    assert floors.keys() <= SCORERS.keys()
    assert all(0 <= floor <= 1 for figures in floors.values() for floor in figures.values())
