"""Addresses for machines: alive, ready, numbers."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.metrics import Metrics

Ready = Callable[[], Awaitable[dict[str, str]]]


def add_health(app: web.Application, ready: Ready, metrics: Metrics) -> None:
    """`/healthz` says the process serves, `/readyz` that it can take work, `/metrics` how it fares.

    `ready` returns what is wrong by part, {} when nothing is.
    """

    async def healthz(request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(request: web.Request) -> web.Response:
        wrong = await ready()
        return web.json_response({"ok": not wrong, "wrong": wrong}, status=503 if wrong else 200)

    async def numbers(request: web.Request) -> web.Response:
        return web.Response(body=metrics.page(), headers={"Content-Type": metrics.content_type})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", numbers)
