"""Which papers meet, and which are left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bibnotes.base import Agreed
from bibnotes.model import Change, Paper, Review
from bibnotes.sync import Plan

from .setting import BASE, NEW, OTHER, here, known, planned, there


def test_a_paper_that_is_gone_keeps_its_review_on_the_other_side() -> None:
    plan = planned([], [there(BASE)], [known(BASE)])
    assert (plan.steps, plan.only_zotero) == ((), ())
    assert [one.missing for one in plan.absent] == ["local"]
    plan = planned([here(BASE)], [], [known(BASE)])
    assert (plan.steps, plan.only_local) == ((), ())
    assert [one.missing for one in plan.absent] == ["zotero"]


def test_papers_of_one_side_are_named() -> None:
    plan = planned([here(NEW)], [there(OTHER, 1)])
    assert [paper.id for paper in plan.only_local] == ["key0"]
    assert [paper.id for paper in plan.only_zotero] == ["ITEM0001"]


def test_a_heading_of_ones_own_is_no_paper_unless_it_meets_one() -> None:
    heading = replace(here(Review("skim")), id="On Tuesday", key="", title="On Tuesday")
    for mine in ([heading], [heading, heading]):
        plan = planned(mine, [there(OTHER)], local_too={"headings": {"On Tuesday"}})
        assert (plan.only_local, plan.repeated, plan.doubts) == ((), (), ())
    title = replace(heading, title=there(OTHER).title)
    for mine, found in ([title], "to_zotero"), ([title, title], "repeated"):
        plan = planned(mine, [there(Review())], local_too={"headings": {"On Tuesday"}})
        assert len(getattr(plan, found)) == len(mine)


def test_a_renamed_key_is_followed_on_either_side() -> None:
    edited = replace(BASE, priority="close-read")
    plan = planned([renamed(edited)], [there(BASE)], [known(BASE)])
    assert plan.to_zotero[0].after == edited
    assert plan.steps[0].agreed.local == "renamed"
    assert planned([renamed(BASE)], [there(NEW)], [known(BASE)]).to_local[0].after == NEW
    other = replace(there(NEW), key="renamed")
    assert planned([here(BASE)], [other], [known(BASE)]).to_local[0].after == NEW


def renamed(review: Review, number: int = 0) -> Paper:
    return replace(here(review, number), id="renamed", key="renamed")


def test_an_entry_under_another_key_was_not_emptied_if_it_lacks_the_review() -> None:
    """It may have been entered anew, after the old one was deleted."""
    plan = planned([renamed(Review())], [there(BASE)], [known(BASE)])
    assert plan.to_local == [Change("renamed", Review(), BASE)]
    assert not plan.to_zotero


def test_an_entry_under_another_key_with_another_text_is_asked_about_until_it_is_settled() -> None:
    plan = planned([renamed(NEW)], [there(BASE)], [known(BASE)])
    assert plan.conflicts
    (kept,) = plan.kept
    assert (kept.local, kept.missed) == ("renamed", "local")
    assert planned([renamed(NEW)], [there(BASE)], [kept]).conflicts


def test_a_renamed_key_is_followed_where_the_title_alone_tells_the_paper() -> None:
    """Once an item had that title and now no paper has its key."""
    mine, theirs = (replace(one, title="Notes", doi="") for one in (renamed(BASE), there(NEW)))
    base = known(BASE, title="Notes")
    assert planned([mine], [theirs]).doubts
    plan = planned([mine], [theirs], [base])
    assert (plan.doubts, plan.to_local[0].after) == ((), NEW)
    twin = replace(mine, id="twin", key="twin")
    assert len(planned([mine, twin], [theirs], [base]).doubts) == 2
    other = [replace(mine, doi="10.1000/a"), replace(theirs, doi="10.1000/b")]
    assert planned(other[:1], other[1:], [base]).doubts
    still = replace(mine, id="key0", key="key0")
    plan = planned([mine, still], [theirs], [base])
    assert [step.local.id for step in plan.steps] == ["key0"]


def test_a_key_that_passed_on_to_another_paper_is_not_followed() -> None:
    """Two entries swapped their citation keys."""
    one, two = here(Review(None, "of one"), 0), here(Review(None, "of two"), 1)
    swapped = [replace(one, id=two.id, key=two.key), replace(two, id=one.id, key=one.key)]
    base = [known(one.review, 0), known(two.review, 1)]
    plan = planned(swapped, [there(one.review, 0), there(two.review, 1)], base)
    assert (plan.to_local, plan.to_zotero) == ([], [])
    assert {step.agreed.local: step.agreed.other for step in plan.steps} == {
        "key1": "ITEM0000",
        "key0": "ITEM0001",
    }


def near(number: int, key: str, review: Review = BASE) -> Paper:
    """A paper that only one word of its title tells from others."""
    title = f"Deep Learning for {('Graph', 'Image', 'Table')[number]} Matching"
    return replace(here(review, number), id=key, key=key, title=title, doi="")


GRAPH, IMAGE = Review(None, "of graphs"), Review(None, "of images")
NEAR_BASE = [
    known(GRAPH, 0, local="doe21a", title=near(0, "").title),
    known(IMAGE, 1, local="doe21b", title=near(1, "").title),
]


def met_near(*mine: Paper) -> tuple[dict[str, str], list[Change]]:
    """The items by the keys that they are agreed to have now, and all changes."""
    items = [
        replace(near(0, "doe21a", GRAPH), id="ITEM0000"),
        replace(near(1, "doe21b", IMAGE), id="ITEM0001"),
    ]
    plan = planned(mine, items, NEAR_BASE)
    pairs = {step.agreed.local: step.agreed.other for step in plan.steps}
    return pairs, [*plan.to_local, *plan.to_zotero]


def test_keys_that_near_titles_swapped_are_not_followed() -> None:
    swapped = near(0, "doe21b", GRAPH), near(1, "doe21a", IMAGE)
    assert met_near(*swapped) == ({"doe21b": "ITEM0000", "doe21a": "ITEM0001"}, [])


def test_a_key_that_a_near_title_took_over_is_not_followed() -> None:
    taken = near(0, "doe2021", GRAPH), near(1, "doe21a", IMAGE)
    assert met_near(*taken) == ({"doe2021": "ITEM0000", "doe21a": "ITEM0001"}, [])
    new = near(2, "doe21a", Review(None, "of tables"))
    pairs, changes = met_near(near(0, "doe2021", GRAPH), near(1, "doe21b", IMAGE), new)
    assert (pairs, changes) == ({"doe2021": "ITEM0000", "doe21b": "ITEM0001"}, [])


def test_a_key_that_an_entry_without_a_title_took_over_is_not_followed() -> None:
    new = replace(near(0, "doe21a", Review()), title="", authors=(), year="")
    pairs, changes = met_near(near(0, "doe2021", GRAPH), near(1, "doe21b", IMAGE), new)
    assert (pairs, changes) == ({"doe2021": "ITEM0000", "doe21b": "ITEM0001"}, [])


def test_a_key_that_came_to_a_near_title_with_another_text_is_not_followed() -> None:
    """It may be that of an entry that was deleted; without the text nobody can tell."""
    new = near(2, "doe21a", Review(None, "of tables"))
    pairs, changes = met_near(new, near(1, "doe21b", IMAGE))
    assert (pairs, changes) == ({"doe21b": "ITEM0001"}, [])


def test_a_title_that_was_mended_does_not_hide_the_paper() -> None:
    retitled = replace(near(0, "doe21a", GRAPH), title="Deep learning for matching graphs")
    pairs, changes = met_near(retitled, near(1, "doe21b", IMAGE))
    assert (pairs, changes) == ({"doe21a": "ITEM0000", "doe21b": "ITEM0001"}, [])
    edited = near(0, "doe21a", NEW)
    mended = replace(edited, title=edited.title.replace("Matching", "Matchinng"))
    pairs, changes = met_near(mended, near(1, "doe21b", IMAGE))
    assert pairs == {"doe21a": "ITEM0000", "doe21b": "ITEM0001"}
    assert [change.after.text for change in changes] == [NEW.text]


def retitled(title: str, *mine: Review | Paper, **options: object) -> Plan:
    """What becomes of a paper whose title was another one when both agreed."""
    one, two = (
        replace(each, title=f"Deep Learning for {title} Matching")
        for each in (near(0, "doe21a", mine[0]), near(0, "doe21a", mine[1]))
    )
    return planned([one], [replace(two, id="ITEM0000")], NEAR_BASE[:1], **options)


def test_a_key_that_came_to_a_near_title_without_a_text_sends_no_priority() -> None:
    base = [replace(NEAR_BASE[0], review=Review("skim"))]
    new = near(2, "doe21a", Review("close-read"))
    item = replace(near(0, "doe21a", Review("skim")), id="ITEM0000")
    plan = planned([new], [item], base)
    assert (plan.to_local, plan.to_zotero, plan.conflicts) == ([], [], ())


def test_a_paper_with_a_near_title_on_both_sides_is_the_same_as_before() -> None:
    assert retitled("Table", NEW, GRAPH).to_zotero[0].after == NEW
    assert retitled("Table", GRAPH, NEW).to_local[0].after == NEW
    assert retitled("Table", Review(), GRAPH).to_zotero[0].after == Review()


def test_a_paper_that_got_a_near_title_and_another_text_on_one_side_is_asked_about() -> None:
    mine = near(2, "doe21a", NEW)
    item = replace(near(0, "doe21a", GRAPH), id="ITEM0000")
    (doubt,) = planned([mine], [item], NEAR_BASE[:1]).doubts
    assert [one.why.endswith("paired with it before") for one in doubt.candidates] == [True]
    told = planned([mine], [item], NEAR_BASE[:1], settled_pairs={"doe21a": "ITEM0000"})
    assert told.to_zotero[0].after == NEW


def test_that_a_paper_is_the_one_of_before_does_not_say_that_its_review_was_removed() -> None:
    """Who pairs it says which item it is; it may have been entered anew."""
    item = replace(near(0, "doe21a", BASE), id="ITEM0000")
    base = [replace(NEAR_BASE[0], review=BASE)]
    for review in (Review(), Review(BASE.priority), Review(None, BASE.text + "\nmore")):
        mine = near(2, "doe21a", review)
        plan = planned([mine], [item], base, settled_pairs={"doe21a": "ITEM0000"})
        assert not plan.removals
        assert plan.steps[0].agreed.review.text.startswith(BASE.text)


def test_items_that_were_merged_are_followed() -> None:
    into = replace(there(NEW), id="INTO0001", key="other", title="", doi="")
    merged = {"ITEM0000": "BETWEEN1", "BETWEEN1": "INTO0001"}
    plan = planned([here(BASE)], [into], [known(BASE)], zotero_too={"replaced": merged})
    assert plan.to_local[0].after == NEW
    assert plan.steps[0].agreed.other == "INTO0001"


def test_an_item_that_was_merged_into_that_of_another_paper_says_into_which() -> None:
    base = [known(BASE), known(BASE, 1)]
    merged = {"ITEM0000": "BETWEEN1", "BETWEEN1": "ITEM0001"}
    papers = [here(BASE), here(BASE, 1)]
    for into, items, mine in (
        ("key1", [there(BASE, 1)], papers),
        ("", [], papers),
        ("", [there(BASE, 1)], papers[:1]),
    ):
        absent = planned(mine, items, base, zotero_too={"replaced": merged}).absent
        assert [one.into for one in absent if one.agreed.local == "key0"] == [into]
    (absent,) = planned(papers[1:], [there(BASE), there(BASE, 1)], base).absent
    assert (absent.missing, absent.into) == ("local", "")


def test_two_papers_swap_no_reviews_when_one_is_in_doubt() -> None:
    """A paper of which nothing is clear keeps its base, and says nothing of the others."""
    twin = replace(here(NEW, 0), id="twin", key="twin")
    plan = planned([here(BASE, 0), twin], [there(BASE, 0)], [known(BASE, 0)])
    assert (plan.to_local, plan.to_zotero) == ([], [])


def test_what_the_user_pairs_now_counts_for_more_than_what_was_paired_before() -> None:
    """And what was agreed of the other paper is no base for this one: it would lose its text."""
    other = replace(here(Review(), 1), title="An Extended Version")
    plan = planned(
        [here(BASE), other], [there(BASE)], [known(BASE)], settled_pairs={"key1": "ITEM0000"}
    )
    assert plan.to_local == [Change("key1", Review(), BASE)]
    assert not plan.to_zotero
    assert [step.agreed.local for step in plan.steps] == ["key1"]
    assert [paper.id for paper in plan.only_local] == ["key0"]
    assert (plan.kept, plan.absent) == ((), ())


def test_a_renamed_paper_that_the_user_pairs_keeps_what_was_agreed() -> None:
    wish = {"settled_pairs": {"renamed": "ITEM0000"}}
    mine = replace(renamed(BASE), title="Renamed")
    assert planned([mine], [there(NEW)], [known(BASE)], **wish).to_local[0].after == NEW
    bare = replace(mine, review=Review())
    assert not planned([bare], [there(BASE)], [known(BASE)], **wish).to_zotero


def missing(base: Iterable[Agreed], mine: Iterable[Paper], theirs: Iterable[Paper]) -> list[Agreed]:
    """The base after a sync."""
    return [*planned(mine, theirs, base).kept]


def test_a_paper_that_both_sides_missed_in_turn_loses_nothing() -> None:
    base = missing([known(BASE)], [], [there(BASE)])
    base = missing(base, [here(Review())], [])
    assert [one.missed for one in base] == ["both"]
    assert planned([here(Review())], [there(BASE)], base).to_local[0].after == BASE
    assert planned([here(BASE)], [there(Review())], base).to_zotero[0].after == BASE
    assert planned([here(NEW)], [there(BASE)], base).conflicts
    assert planned([here(BASE)], [there(BASE)], base).steps[0].agreed.missed is None


def test_a_paper_that_neither_side_has_is_not_missed_on_one() -> None:
    plan = planned([], [], [known(BASE)])
    assert plan.absent == ()
    assert [one.missed for one in plan.kept] == ["both"]


def test_an_item_that_was_added_again_is_not_missed_under_its_old_key() -> None:
    again = replace(there(BASE), id="AGAIN234")
    plan = planned([here(BASE)], [again], [known(BASE)])
    assert (plan.absent, plan.kept) == ((), ())
    assert [step.agreed.other for step in plan.steps] == ["AGAIN234"]


def test_a_paper_whose_key_is_another_one_now_is_missed() -> None:
    taken = replace(here(OTHER, 1), id="key0", key="key0")
    plan = planned([taken], [there(BASE), there(Review(), 1)], [known(BASE)])
    assert [one.missing for one in plan.absent] == ["local"]
    assert [one.other for one in plan.kept] == ["ITEM0000"]
    assert plan.to_zotero == [Change("ITEM0001", Review(), OTHER)]


def test_a_paper_that_is_there_twice_is_not_missed() -> None:
    twice = [replace(here(BASE), id="new", key="", doi="")] * 2
    plan = planned(twice, [there(BASE)], [known(BASE)])
    assert (plan.absent, plan.only_zotero, plan.steps) == ((), (), ())
    assert [one.other for one in plan.kept] == ["ITEM0000"]


def twins(review: Review) -> list[Paper]:
    return [replace(there(review), id=f"TWIN000{n}", key=f"twin{n}") for n in (2, 3)]


def test_a_doubt_over_papers_of_which_nobody_says_anything_is_none() -> None:
    plan = planned([replace(here(Review()), key="")], twins(Review()))
    assert plan.doubts == ()
    assert [paper.id for paper in plan.only_local] == ["key0"]
    for mine, theirs in ((NEW, Review()), (Review(), NEW)):
        plan = planned([replace(here(mine), key="")], twins(theirs))
        assert [doubt.left.id for doubt in plan.doubts] == ["key0"]
        assert (plan.only_local, plan.only_zotero) == ((), ())
