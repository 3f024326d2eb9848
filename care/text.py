"""Everything about typed text in one place: how it is cleaned, measured and cut, and what it means."""

from care.cleaning import N_, clean, fold, split_at_sentences, utf16_length
from care.understanding import (
    about_staff,
    is_complaint,
    is_no,
    is_opt_out,
    is_skip,
    is_yes,
    looks_angry,
    order_code,
    parse_level,
    phones,
    wants_human,
)

__all__ = [
    "N_", "about_staff", "clean", "fold", "is_complaint", "is_no", "is_opt_out", "is_skip", "is_yes", "looks_angry",
    "order_code", "parse_level", "phones", "split_at_sentences", "utf16_length", "wants_human",
]  # fmt: skip
