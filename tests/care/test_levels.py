"""The six levels: exactly one right consequence each."""

import pytest

from care.levels import LEVELS, REASONS, is_success, is_unhappy, level, reason


@pytest.mark.parametrize(
    ("number", "apologises", "severity", "asks_reason", "owner", "points", "testimonial", "referral"),
    [
        (1, True, "urgent", True, True, False, False, False),
        (2, True, "normal", True, False, False, False, False),
        (3, False, None, True, False, False, False, False),
        (4, False, None, False, False, True, False, False),
        (5, False, None, False, False, True, True, False),
        (6, False, None, False, False, True, True, True),
    ],
)
def test_each_level_has_its_consequence(
    number: int, apologises: bool, severity: str | None, asks_reason: bool, owner: bool, points: bool,
    testimonial: bool, referral: bool,
) -> None:  # fmt: skip
    found = level(number)
    assert (found.number, found.apologises, found.severity) == (number, apologises, severity)
    assert (found.asks_reason, found.tells_owner, found.gives_points) == (asks_reason, owner, points)
    assert (found.asks_testimonial, found.gives_referral) == (testimonial, referral)


def test_two_need_a_rescue_and_three_are_a_success() -> None:
    assert [each.number for each in LEVELS if is_unhappy(each.number)] == [1, 2]
    assert [each.number for each in LEVELS if is_success(each.number)] == [4, 5, 6]


@pytest.mark.parametrize("number", [0, 7, -1])
def test_there_is_no_other_level(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 6"):
        level(number)


def test_quick_reasons_are_found_by_id() -> None:
    assert [reason(each.id) for each in REASONS] == list(REASONS)
    assert reason("nothing") is None
