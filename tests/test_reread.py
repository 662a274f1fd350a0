from __future__ import annotations

from dataclasses import replace

from bibnotes.base import Agreed
from bibnotes.model import Review
from bibnotes.reread import Reread, unmet
from bibnotes.scale import DEFAULT_SCALE, Scale

CLOSE, INTERESTING, SKIM = DEFAULT_SCALE.levels
DEEP = replace(CLOSE, id="deep")
HAD = Review("close-read", "text")


def read(*levels: object) -> Reread:
    found = Reread.of(DEFAULT_SCALE, Scale(levels))
    assert found
    return found


def met(reread: Reread, here: str | None, there: str | None) -> str | None:
    review = reread.met(HAD, replace(HAD, priority=here), replace(HAD, priority=there))
    assert review.text == HAD.text
    return review.priority


def test_by_the_same_words_or_words_that_are_not_known_nothing_is_reread() -> None:
    assert Reread.of(DEFAULT_SCALE, Scale()) is None
    assert Reread.of(None, DEFAULT_SCALE) is None


def test_a_level_with_another_id_is_what_both_had() -> None:
    reread = read(DEEP, INTERESTING, SKIM)
    assert met(reread, "deep", "deep") == "deep"
    assert met(reread, "deep", "skim") == "deep"


def test_a_priority_that_a_side_does_not_show_was_not_removed() -> None:
    reread = read(replace(CLOSE, also=()), INTERESTING, SKIM)
    assert met(reread, "close-read", None) is None
    assert met(reread, "close-read", "skim") == "close-read"


def test_a_word_that_means_another_level_now_set_no_priority() -> None:
    reread = read(replace(CLOSE, also=()), replace(INTERESTING, also=("must-read",)), SKIM)
    assert met(reread, "close-read", "interesting") is None
    assert met(reread, "close-read", "skim") == "close-read"


def test_of_a_paper_that_is_not_settled_the_text_alone_is_agreed() -> None:
    known = Agreed("key", "ITEM2345", HAD)
    assert unmet(known, read(CLOSE)) == replace(known, review=Review(None, "text"))
    assert unmet(known, None) == known
