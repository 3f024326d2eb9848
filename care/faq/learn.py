"""Learns the phrase bank in a process of its own: `python -m care.faq.learn FOLDER`.

Neither the seconds nor the memory are then the bot's. It ends when its standard input does: with the bot.
"""

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path


def _leave_with_the_bot() -> None:
    os.read(0, 1)  # the bot writes nothing: this returns when it is gone
    os._exit(1)


def main() -> int:
    """Learn, write the file, and end."""
    threading.Thread(target=_leave_with_the_bot, daemon=True).start()
    with suppress(OSError, AttributeError):  # not everywhere
        os.nice(10)
    from care.faq import bank, learnt
    from care.faq.background import Background

    folder = Path(sys.argv[1])
    learnt.save(Background.learn(bank.load()), learnt.file_in(folder))
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
