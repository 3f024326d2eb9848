"""Pages in a browser: signing in, the desk, the dashboard. Rooms add their routes to one application."""
