"""Static files under names that change with their content, so that browsers may keep them for ever."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
FOR_EVER = "public, max-age=31536000, immutable"
IMPORTED = re.compile(rb"""(?<=["'(])\./([\w.-]+\.(?:js|css|svg|png|woff2))(?=["')])""")


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent: `name` carries the hash of `body`."""

    name: str
    body: bytes
    content_type: str


class StaticFiles:
    """The files of a folder, read once. Files that name each other as `./other.js` find each other."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._by_source: dict[str, StaticFile] = {}
        for path in sorted((*folder.iterdir(), *folder.glob("vendor/*"))):
            if path.suffix in TYPES:
                self._load(path.relative_to(folder).as_posix())
        self._by_name = {file.name: file for file in self._by_source.values()}

    def _load(self, source: str) -> StaticFile:
        if source in self._by_source:
            return self._by_source[source]
        path = self._folder / source
        body = path.read_bytes()
        if path.suffix in (".js", ".css"):
            body = IMPORTED.sub(lambda found: b"./" + self._load(found[1].decode()).name.encode(), body)
        name = f"{path.stem}.{sha256(body).hexdigest()[:12]}{path.suffix}"
        self._by_source[source] = StaticFile(name, body, TYPES[path.suffix])
        return self._by_source[source]

    def url(self, source: str) -> str:
        """The address of a file for templates: `static("desk.js")`. Raises KeyError for one that is not there."""
        return f"/static/{self._by_source[source].name}"

    async def serve(self, request: web.Request) -> web.Response:
        """Send a file. An outdated or plain name gets today's content, but not for ever."""
        name = request.match_info["name"]
        file = self._by_name.get(name)
        kept = FOR_EVER if file is not None else "no-cache"
        file = file or self._by_source.get(_without_hash(name))
        if file is None:
            raise web.HTTPNotFound
        return web.Response(
            body=file.body, headers={"Content-Type": file.content_type, "Cache-Control": kept, "ETag": f'"{file.name}"'}
        )


def _without_hash(name: str) -> str:
    return re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", name)
