"""Where everything is kept; the only place that writes SQL."""
