"""The FAQ engine: which entry answers what a customer typed, and how surely."""

from care.faq.answers import Answer, Decision, Entry, Match, Suggest, Unknown
from care.faq.index import FaqIndex

__all__ = ["Answer", "Decision", "Entry", "FaqIndex", "Match", "Suggest", "Unknown"]
