"""The learnt background in a file: learning takes seconds and much memory, reading it neither.

The name carries a hash of everything the background is learnt from, so a file that fits another version is never read.
Its rows of weights stay in the file and are read as they are needed.
"""

import hashlib
import mmap
import os
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
import numpy as np

from care.faq.background import Background
from care.faq.vectors import Part, Vocabulary

_START = b"cham-faq-1\n"
_DIGEST = 32
_ALIGN = 64
_LEARNS = ("background.py", "features.py", "lexicon.py", "ridge.py", "syllables.py", "text.py", "vectors.py")
_PATTERN = "faq-*.learnt"


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    topics: tuple[str, ...]
    features: list[str]
    seen: list[int]
    texts: int
    width: int


def file_in(folder: Path) -> Path:
    """Where the background of this version of Chạm is kept in a folder."""
    here = resources.files(__package__)
    digest = hashlib.blake2b(digest_size=8)
    for part in [*_files(here / "phrase_bank"), *_files(here / "words"), *(here / name for name in _LEARNS)]:
        digest.update(part.name.encode() + b"\0" + part.read_bytes() + b"\0")
    return folder / _PATTERN.replace("*", digest.hexdigest())


def _files(folder: Traversable) -> Iterable[Traversable]:
    texts = (file for file in folder.iterdir() if file.name.endswith((".yaml", ".txt")))
    return sorted(texts, key=lambda file: file.name)


def save(background: Background, path: Path) -> None:
    """Write the file whole or not at all, and remove those of other versions. Raises OSError."""
    vocabulary, weights = background.part
    seen, texts = vocabulary.counts()
    head = msgspec.json.encode(_Head(background.topics, list(vocabulary.ids), seen, texts, weights.shape[1]))
    head += b" " * (-(len(_START) + _DIGEST + 8 + len(head)) % _ALIGN)
    body = len(head).to_bytes(8, "little") + head + weights.astype("<f2").tobytes()
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(_START + _digest(body) + body)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    for other in path.parent.glob(_PATTERN):
        if other != path:
            other.unlink(missing_ok=True)


def load(path: Path) -> Background | None:
    """The background of a file; None when there is none or it is not as it was written."""
    try:
        with path.open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    start = len(_START) + _DIGEST
    with memoryview(whole) as view:
        if view[: len(_START)] != _START or _digest(view[start:]) != view[len(_START) : start]:
            return None
        length = int.from_bytes(view[start : start + 8], "little")
        head = msgspec.json.decode(view[start + 8 : start + 8 + length], type=_Head)
    weights = np.frombuffer(whole, dtype="<f2", offset=start + 8 + length).reshape(-1, head.width)
    vocabulary = Vocabulary.of(head.features, head.seen, head.texts)
    return Background(head.topics, Part(vocabulary, weights), _shipped_wordings, rest=lambda: _rest(whole))


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST).digest()


def _shipped_wordings() -> dict[str, tuple[str, ...]]:
    from care.faq.bank import load as bank  # read only for entries whose topics the owner confirmed

    return {topic.id: topic.wordings for topic in bank()}


def _rest(whole: mmap.mmap) -> None:
    """The system may have the pages back: building reads many rows, answering few."""
    if hasattr(mmap, "MADV_DONTNEED"):
        whole.madvise(mmap.MADV_DONTNEED)
