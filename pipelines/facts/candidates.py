"""Several places of a page speak for one field: the first good one is taken, the others are kept with why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from newsroom.records import Declined, Provenance

_MAX_DECLINED = 5
_MAX_CHARS = 120


@dataclass(frozen=True, slots=True)
class Offer:
    """What one place of the page gives for a field; `fault` says why it is not taken."""

    value: str
    rule: str
    place: str
    fault: str = ""


def choose(offers: Iterable[Offer]) -> tuple[str | None, Provenance | None]:
    """The value of the first offer without a fault, and where it came from; None when there is none."""
    given = [offer for offer in offers if offer.value]
    taken = next((offer for offer in given if not offer.fault), None)
    if taken is None:
        return None, None
    others = {offer.value: _why_not(offer, taken) for offer in reversed(given) if offer.value != taken.value}
    declined = tuple(Declined(value[:_MAX_CHARS], why) for value, why in reversed(others.items()))[:_MAX_DECLINED]
    return taken.value, Provenance(taken.rule, taken.place, declined)


def _why_not(offer: Offer, taken: Offer) -> str:
    first = "another there" if offer.place == taken.place else taken.place
    return f"{offer.place}: {offer.fault or f'{first} goes first'}"
