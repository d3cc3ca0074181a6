"""How one text came of another, of two that are known to be copies."""

from __future__ import annotations

import numpy as np

from newsroom.records import CopyKind
from pipelines.likeness import FEATURES, Likeness

PART = 0.8  # of the longer text's length; a shorter text may be an excerpt
WHOLE = 0.85  # share of the runs of an excerpt that stand in the other text
CLOSE = 0.84  # likewise of near copies; a text with one word in ten exchanged keeps fewer
PASSAGE_COVERS = 0.5  # of the longer text, at most, for a passage in common
FOREIGN = 0.25  # of the shorter text in long stretches that the other does not have; a spun text has none
A_WORD_CHANGED = 0.985  # share likewise, from which on no words were exchanged to speak of
CHANGED_IN_PIECES = 0.95  # share of the words near common ones that are the same, where whole sentences were changed


def joins(kind: str) -> bool:
    """Whether two articles of such a pair tell one story."""
    return kind not in (CopyKind.PASSAGE, CopyKind.COMPILATION)


def kind_of(found: Likeness, *, other_script: bool) -> CopyKind:
    """The kind of a pair; `other_script` says that one is in simplified Chinese and the other in traditional.

    The bounds were read off the copies pack.
    """
    shorter, longer = found.alignment.shorter, found.alignment.longer
    if other_script and found.containment >= PART:
        return CopyKind.SCRIPT
    if np.array_equal(shorter.units, longer.units):
        return CopyKind.IDENTICAL
    if _passage_alone(found):
        return CopyKind.PASSAGE
    if found.containment < WHOLE and _same_near(found) < CHANGED_IN_PIECES:
        return CopyKind.SPUN if found.containment < CLOSE else CopyKind.NEAR
    return CopyKind.EXCERPT if len(shorter) < PART * len(longer) else CopyKind.NEAR


def is_nearly_whole(found: Likeness) -> bool:
    """Whether hardly anything but a few words tells two texts apart, as after a light edit.

    The score alone refuses such a pair now and then, for want of numbers to agree.
    """
    return found.containment >= 0.9 and found.jaccard >= 0.7 and found.same >= 0.95


def words_exchanged(found: Likeness) -> bool:
    """Whether single words differ, and not only whole sentences."""
    return _same_near(found) < A_WORD_CHANGED


def _same_near(found: Likeness) -> float:
    return int(np.count_nonzero(found.alignment.same)) / max(int(np.count_nonzero(found.alignment.near)), 1)


def _passage_alone(found: Likeness) -> bool:
    """Whether the texts have a stretch in common, such as a digest has of a story, and are no copies as a whole."""
    shorter, longer = len(found.alignment.shorter), len(found.alignment.longer)
    foreign = found.features[FEATURES.index("long_gaps")]
    return found.same * shorter < PASSAGE_COVERS * longer and bool(foreign > FOREIGN)
