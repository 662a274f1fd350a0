"""A few papers on both sides of a sync."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bibnotes import sync
from bibnotes.agreement import Whole
from bibnotes.base import Agreed
from bibnotes.model import Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sync import Local, Plan, Zotero

TITLES = (
    "Weight Sharing Considered Slowly",
    "Networks That Grow Their Own Layers",
    "Searching Cells Without Any Training",
    "Bandits for the Patient Architect",
)


BASE = Review("skim", "one\ntwo")


NEW, OTHER = Review("close-read", "new"), Review("interesting", "other")


def here(review: Review, number: int = 0) -> Paper:
    return Paper(
        f"key{number}", f"key{number}", title=TITLES[number % 4] + f" {number}", review=review
    )


def there(review: Review, number: int = 0) -> Paper:
    return replace(here(review, number), id=f"ITEM{number:04}")


def known(review: Review, number: int = 0, **more: object) -> Agreed:
    paper = here(review, number)
    return replace(Agreed(paper.id, f"ITEM{number:04}", review, title=paper.title), **more)


def planned(
    local: Iterable[Paper], zotero: Iterable[Paper], base: Iterable[Agreed] = (), **options: object
) -> Plan:
    remote = Zotero(list(zotero), **options.pop("zotero_too", {}))
    mine = Local([Whole(one) for one in local], **options.pop("local_too", {}))
    return sync.plan(mine, remote, base, DEFAULT_SCALE, **options)


def of_one(
    mine: Review, theirs: Review, base: Review | None = BASE, **options: object
) -> tuple[Review | None, Review | None] | str:
    """What the local file and Zotero become, None where they stay; or that it is a conflict."""
    plan = planned([here(mine)], [there(theirs)], [known(base)] if base else [], **options)
    if plan.conflicts:
        assert not plan.steps
        return "conflict"
    (step,) = plan.steps
    return (
        step.to_local.after if step.to_local else None,
        step.to_zotero.after if step.to_zotero else None,
    )
