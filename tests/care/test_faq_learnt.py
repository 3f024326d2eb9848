"""What was learnt from the phrase bank is kept in a file, and only the right file is read."""

import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import numpy as np
import pytest

from care.faq import FaqIndex, learnt
from care.faq.background import Background, background
from care.faq.bank import Topic
from tests.care import faq_sets

BANK = (
    Topic("gio", "Giờ mở cửa", "shop", ("mấy giờ mở cửa", "shop mở tới mấy giờ", "chủ nhật có làm không")),
    Topic("phi", "Phí giao hàng", "ship", ("ship bao nhiêu tiền", "phí giao hàng sao", "có freeship không")),
)


@pytest.fixture
def small() -> Background:
    return background(BANK)


def test_a_saved_background_answers_as_the_learnt_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, path = faq_sets.demo(), tmp_path / "faq-1.learnt"
    asked = [query.text for query in shop.queries[:60]]
    fresh = FaqIndex.build(shop.entries)
    learnt.save(background(), path)
    monkeypatch.setattr("care.faq.background._shipped", learnt.load(path))
    kept = FaqIndex.build(shop.entries)
    assert [kept.search(text) for text in asked] == [fresh.search(text) for text in asked]


def test_a_loaded_background_is_the_saved_one(tmp_path: Path, small: Background) -> None:
    path = tmp_path / "faq-1.learnt"
    learnt.save(small, path)
    loaded = learnt.load(path)
    assert loaded is not None
    assert loaded.topics == small.topics
    assert loaded.vocabulary.ids == small.vocabulary.ids
    assert loaded.vocabulary.rarities == small.vocabulary.rarities
    assert np.array_equal(loaded.part.weights, small.part.weights)
    assert [path] == list(tmp_path.iterdir())  # nothing half-written is left


@pytest.mark.parametrize("size", [0, 5, 60, 3_000])
def test_a_cut_file_is_not_read(tmp_path: Path, small: Background, size: int) -> None:
    path = tmp_path / "faq-1.learnt"
    learnt.save(small, path)
    path.write_bytes(path.read_bytes()[:size])
    assert learnt.load(path) is None


def test_a_changed_or_foreign_or_missing_file_is_not_read(tmp_path: Path, small: Background) -> None:
    path = tmp_path / "faq-1.learnt"
    assert learnt.load(path) is None
    learnt.save(small, path)
    written = bytearray(path.read_bytes())
    written[-7] ^= 1
    path.write_bytes(written)
    assert learnt.load(path) is None
    path.write_bytes(b"PK\x03\x04" + bytes(5_000))
    assert learnt.load(path) is None


def test_files_of_other_versions_are_removed_and_nothing_else(tmp_path: Path, small: Background) -> None:
    for name in ("faq-0123456789abcdef.learnt", "cham.db", "faq.yaml"):
        (tmp_path / name).write_bytes(b"x")
    path = learnt.file_in(tmp_path)
    learnt.save(small, path)
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "cham.db", "faq.yaml"}


def test_the_name_follows_what_is_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = learnt.file_in(tmp_path)
    assert learnt.file_in(tmp_path) == before
    monkeypatch.setattr(learnt, "_LEARNS", learnt._LEARNS[1:])
    assert learnt.file_in(tmp_path) != before


def test_the_learning_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    with Popen([sys.executable, "-m", "care.faq.learn", str(tmp_path)], stdin=PIPE, stdout=DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 1
    assert list(tmp_path.iterdir()) == []
