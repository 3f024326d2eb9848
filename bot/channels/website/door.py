"""Who may come in: pages on the list, and a network address to count for."""

from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from bot.settings import Settings

LOCAL = ("127.0.0.1", "::1")


class Door:
    """Knows the origins whose pages may hold the chat, and the proxies whose word counts."""

    def __init__(self, settings: Settings) -> None:
        self._host = settings.host
        self._origins = allowed_origins(settings.public_url, settings.allowed_origins)
        self._proxies = frozenset(settings.trusted_proxies)
        self._is_trial = settings.public_url is None

    def is_known(self, request: web.Request) -> bool:
        """Whether the page that asks is on the list, or one of our own. Browsers always say where a POST comes from."""
        origin = request.headers.get("Origin", "").lower().rstrip("/")
        return origin in self._origins or origin in own_origins(self._host, port_of(request))

    def check(self, request: web.Request) -> None:
        """Raises HTTPForbidden for a page that is not on the list."""
        if not self.is_known(request):
            raise web.HTTPForbidden(text="origin not allowed: add it to CHAM_ALLOWED_ORIGINS\n")

    def cors(self, request: web.Request) -> dict[str, str]:
        """The headers that let a page on the list read the answer; {} for others."""
        if not self.is_known(request):
            return {}
        return {
            "Access-Control-Allow-Origin": request.headers["Origin"],
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin",
        }

    def address(self, request: web.Request) -> str:
        """The visitor's network address; a proxy's word is taken only from a proxy we were told to trust."""
        remote = request.remote or ""
        if remote not in self._proxies:
            return network_of(remote)
        said = ",".join(request.headers.getall("X-Forwarded-For", ()))
        return network_of(said.rpartition(",")[2].strip() or remote)

    def is_at_home(self, address: str) -> bool:
        """Somebody tries the bot on their own machine: no limit for new visitors."""
        return self._is_trial and address in LOCAL


def allowed_origins(public_url: str | None, others: tuple[str, ...]) -> frozenset[str]:
    """The pages elsewhere that may hold the chat."""
    if public_url is None:
        return frozenset(others)
    parts = urlsplit(public_url)
    return frozenset({f"{parts.scheme}://{parts.netloc}".lower(), *others})


def own_origins(host: str, port: int) -> frozenset[str]:
    """The bot's own pages, as a browser on this machine names them."""
    names = {host, "127.0.0.1", "localhost"}
    ending = "" if port == 80 else f":{port}"
    return frozenset(f"http://{name}{ending}" for name in names)


def port_of(request: web.Request) -> int:
    """The port this request came in on."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return int(name[1]) if isinstance(name, tuple) else 0


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 customer owns 2^64 of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found) if found.is_loopback else str(ip_network((found, 64), strict=False))
