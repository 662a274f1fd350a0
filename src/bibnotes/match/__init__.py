"""Pair the papers of two libraries: a pair only where the evidence is clear, else a doubt.

Pure functions over papers. docs/decisions/pairing.md gives the rules and what they reach.
"""

from .likeness import are_two_works, is_one_title, may_be_one
from .pairing import Candidate, Doubt, Pair, Pairing, pair

__all__ = [
    "Candidate",
    "Doubt",
    "Pair",
    "Pairing",
    "are_two_works",
    "is_one_title",
    "may_be_one",
    "pair",
]
