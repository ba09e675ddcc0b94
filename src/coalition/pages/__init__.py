"""What every page shares: layout, style, headers. Pages work without JavaScript."""

from coalition.pages.render import Page, error_page, page, static_routes

__all__ = ["Page", "error_page", "page", "static_routes"]
