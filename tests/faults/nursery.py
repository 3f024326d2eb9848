"""Run by `tests.faults.process`: loads the bot's modules once, then forks a real `cham run` on each "start".

A cold start spends nearly all its time on importing and learning the phrase bank; a test that kills hundreds of
processes would mostly wait. What is forked has opened nothing: it runs the command from its first line.
"""

import os
import signal
import sys

import bot.channels.website.adapter
import bot.web.health
import bot.web.rooms
import bot.web.server
from bot import app, cli
from bot.commands import run, troubles
from care.faq.background import background


def serve() -> None:
    background(None)
    loaded = (app, run, troubles, bot.web.rooms, bot.web.health, bot.web.server, bot.channels.website.adapter)
    print(f"ready {len(loaded)}", flush=True)
    child = 0
    for line in sys.stdin:
        word = line.strip()
        if word == "start":
            child = os.fork()
            if child == 0:
                os.close(0)
                os._exit(cli.main(["--env-file", os.devnull, "run", "--no-links"]))
            print(f"started {child}", flush=True)
        else:
            os.kill(child, getattr(signal, word))
            _, status = os.waitpid(child, 0)
            print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    serve()
