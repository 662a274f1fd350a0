"""Two-way sync of a local library with Zotero.

DESIGN's table, in short: what one side changed since both last agreed is taken by the other, texts
that both changed are merged by lines, and whatever is left is a conflict that changes neither.
"""

from .making import Done, Save, Write, apply
from .meeting import Absent
from .met import Conflict, Step
from .planning import Namesake, Plan, plan
from .sides import Local, Settlement, Side, Zotero

__all__ = [
    "Absent",
    "Conflict",
    "Done",
    "Local",
    "Namesake",
    "Plan",
    "Save",
    "Settlement",
    "Side",
    "Step",
    "Write",
    "Zotero",
    "apply",
    "plan",
]
