"""Read YAML the careful way: everything stays text, every value remembers its line, no aliases, no tags."""

from typing import Any

import yaml

from care.cleaning import N_, clean

SIZE_LIMIT = 5 * 1024 * 1024  # bytes
VALUE_LIMIT = 400_000  # keys and values in one file
DEPTH_LIMIT = 8
TEXT_LIMIT = 8000  # UTF-16 units in one value

Path = tuple[str | int, ...]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C reader is ten times faster


class ShopFileError(ValueError):
    """What is wrong in a shop file, where, and what to do. `message % params` is a text for the catalogs."""

    def __init__(self, message: str, path: Path = (), line: int | None = None, **params: object) -> None:
        self.message = message
        self.path = path
        self.line = line
        self.params = params
        super().__init__(message)

    @property
    def field(self) -> str:
        """The place in the file: "entries[3].answer"."""
        shown = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return shown.lstrip(".")

    def say(self, gettext: Any = lambda text: text) -> str:
        """The whole sentence in the language of `gettext`."""
        said = gettext(self.message) % self.params
        where = []
        if self.line is not None:
            where.append(gettext(N_("line %(line)s")) % {"line": self.line})
        if self.path:
            where.append(self.field)
        return f"{', '.join(where)}: {said}" if where else str(said)

    def __str__(self) -> str:
        return self.say()


def read(text: bytes | str) -> tuple[Any, dict[Path, int]]:
    """The file as plain dict, list, str and None, and the line of every value. Raises ShopFileError."""
    try:
        return _Tree().build(yaml.parse(_decoded(text), Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ShopFileError(
            N_("YAML cannot be read here. Check indentation, colons, brackets and quotes, also one line above."),
            line=line,
        ) from error
    except yaml.YAMLError as error:
        raise ShopFileError(N_("The file has a character that YAML does not allow. Save it again as UTF-8.")) from error


def _decoded(text: bytes | str) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > SIZE_LIMIT:
        raise ShopFileError(N_("The file is larger than 5 MB. Split it or shorten it."))
    if isinstance(text, str):
        return text.encode("utf-8", "ignore").decode().removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ShopFileError(N_("The file is not UTF-8. Save it again with the encoding UTF-8."), line=line) from error


class _Tree:
    """Builds the value from parser events, with its own stack: depth in the file is no depth of calls."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.stack: list[tuple[Any, Path]] = []
        self.key: list[str | None] = []
        self.root: Any = None
        self.documents = 0

    def build(self, events: Any) -> tuple[Any, dict[Path, int]]:
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise ShopFileError(N_("Only one document in a file: remove the line ---."), line=line)
            elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ShopFileError(N_("Anchors (&) and aliases (*) are not allowed: write the text out."), line=line)
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._open({} if isinstance(event, yaml.MappingStartEvent) else [], event, line)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self.stack.pop()
                self.key.pop()
        return self.root, self.lines

    def _open(self, value: Any, event: Any, line: int) -> None:
        self._refuse_tag(event, line)
        if len(self.stack) >= DEPTH_LIMIT:
            raise ShopFileError(N_("The file is nested too deeply: check the indentation."), line=line)
        path = self._place(value, line)
        self.stack.append((value, path))
        self.key.append(None)

    def _scalar(self, event: Any, line: int) -> None:
        self._refuse_tag(event, line)
        text = clean(event.value, TEXT_LIMIT + 1)
        plain = event.implicit[0]
        if self.stack and isinstance(self.stack[-1][0], dict) and self.key[-1] is None:
            self._remember_key(text, line)
        else:
            path = self._place(None if plain and text in ("", "~", "null") else text, line)
            if len(text) > TEXT_LIMIT:
                raise ShopFileError(
                    N_("This text is too long: at most %(limit)s characters."), path, line, limit=TEXT_LIMIT
                )

    def _remember_key(self, key: str, line: int) -> None:
        value, path = self.stack[-1]
        if key in value:
            raise ShopFileError(N_("This key stands twice. Keep one."), (*path, key), line)
        self.key[-1] = key

    def _place(self, value: Any, line: int) -> Path:
        if len(self.lines) >= VALUE_LIMIT:
            raise ShopFileError(N_("The file has too many values."), line=line)
        if not self.stack:
            path: Path = ()
            self.root = value
        else:
            path = self._place_inside(value, line)
        self.lines[path] = line
        return path

    def _place_inside(self, value: Any, line: int) -> Path:
        parent, path = self.stack[-1]
        if isinstance(parent, list):
            parent.append(value)
            return (*path, len(parent) - 1)
        key = self.key[-1]
        if key is None:
            raise ShopFileError(N_("A key must be a plain word."), path, line)
        parent[key] = value
        self.key[-1] = None
        return (*path, key)

    def _refuse_tag(self, event: Any, line: int) -> None:
        if event.tag is not None and event.tag != "!":
            raise ShopFileError(N_("Tags (!…) are not allowed: write the plain text."), line=line)
