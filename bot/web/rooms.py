"""The rooms of the web application; each adds its own routes."""

from bot.web import shop_page

ROOMS = (shop_page.add_routes,)
