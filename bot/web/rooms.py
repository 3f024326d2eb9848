"""The rooms of the web application; each adds its own routes."""

from bot.web import dashboard, desk, shop_page

ROOMS = (shop_page.add_routes, desk.add_routes, dashboard.add_routes)
