"""The kill test in full: a real bot under load is SIGKILLed 1,000 times (CHAM_KILLS for another number)."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> int:
    env = {"CHAM_KILLS": "1000"} | dict(os.environ)
    command = [sys.executable, "-m", "pytest", "tests/faults/test_kill.py", "-q", "-s", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
