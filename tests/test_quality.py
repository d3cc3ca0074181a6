"""The quality harness notices a drop, a figure without a floor, one not measured any more, and another pack."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from benchmarks.quality import floors
from benchmarks.quality.__main__ import SCORERS
from benchmarks.quality.floors import Floors, judge, lowered, raised, written


@pytest.mark.parametrize(
    ("figures", "floor", "said"),
    [
        ({"f1": 0.94}, {"f1": 0.95}, "BELOW THE FLOOR"),
        ({"f1": 0.95, "new": 1.0}, {"f1": 0.95}, "no floor in floors.toml"),
        ({"f1": 0.95}, {"f1": 0.95, "old": 0.5}, "not measured any more"),
    ],
)
def test_what_is_wrong_is_said_and_counted(figures, floor, said) -> None:
    rows, wrong = judge("pack", figures, floor)
    assert wrong == 1
    assert said in [row[3] for row in rows]


def test_figures_at_their_floor_pass() -> None:
    assert judge("pack", {"f1": 0.95, "recall": 1.0}, {"f1": 0.95, "recall": 0.99})[1] == 0


def test_floors_are_raised_and_never_lowered() -> None:
    old = Floors({"robots": {"reppy": 0.9}, "urls": {"surt": 1.0}}, {"urls": "sha256:a"})
    new = raised(old, {"robots": {"rfc": 0.9999, "reppy": 0.5}}, {"robots": "sha256:b"})
    assert new.figures == {"robots": {"rfc": 0.995, "reppy": 0.9}, "urls": {"surt": 1.0}}
    assert new.packs == {"urls": "sha256:a", "robots": "sha256:b"}


def test_a_floor_is_lowered_alone_and_with_its_reason() -> None:
    old = Floors({"robots": {"reppy": 0.9, "rfc": 1.0}})
    new = lowered(old, {"robots": {"reppy": 0.5, "rfc": 0.7}}, "robots.reppy", 'it says "no"\nto us')
    assert new.figures == {"robots": {"reppy": 0.5, "rfc": 1.0}}
    assert tomllib.loads(written(new))["lowered"] == {"robots.reppy": 'it says "no" to us'}
    with pytest.raises(LookupError, match=r"robots\.reppi was not measured"):
        lowered(old, {"robots": {"reppy": 0.5}}, "robots.reppi", "a slip")


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    said = Floors({"dates": {"f1": 0.955}}, {"dates": "sha256:00ff"}, {"dates.f1": "why"})
    (tmp_path / "floors.toml").write_text(written(said), "utf-8")
    assert floors.load(tmp_path / "floors.toml") == said


def test_a_pack_with_one_other_byte_has_another_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.html").write_bytes(b"<p>one</p>")
    first = floors.fingerprint(tmp_path)
    assert floors.fingerprint(tmp_path) == first
    (tmp_path / "deep" / "page.html").write_bytes(b"<p>two</p>")
    assert floors.fingerprint(tmp_path) != first


def test_every_floor_belongs_to_a_scorer_and_a_known_pack() -> None:
    known = floors.load()
    assert known.figures.keys() <= SCORERS.keys()
    assert {SCORERS[name] for name in known.figures} == known.packs.keys()
    assert all(0 <= floor <= 1 for figures in known.figures.values() for floor in figures.values())
