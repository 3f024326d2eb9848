"""What goes wrong in a command is told in a sentence that says what to do."""

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from bot import i18n, logs
from bot.control import OperationFailed
from bot.settings import Settings, SettingsError, load
from care.shop import ShopFileError
from storage.database import StorageError

Command = Callable[[Settings, Namespace], int]


def told(command: Command, env_file: str, chosen: Namespace) -> int:
    """Do a command with the settings; 1 and a sentence when it cannot be done."""
    try:
        settings = load(env_file=Path(env_file))
        logs.start(settings.log_level, settings.log_format, settings.secrets())
        return command(settings, chosen)
    except ShopFileError as error:
        return _say("\n".join(error.say(i18n.catalog(language).gettext) for language in i18n.LANGUAGES))
    except (SettingsError, StorageError, OperationFailed) as error:
        return _say(str(error))
    except FileNotFoundError as error:
        return _say(f"Không thấy tệp {error.filename}. / There is no file {error.filename}.")
    except OSError as error:
        return _say(f"Máy không cho làm: {error.strerror or error}. / The machine refused: {error.strerror or error}.")
    except KeyboardInterrupt:
        return 130


def _say(text: str) -> int:
    print(text, file=sys.stderr)
    return 1
