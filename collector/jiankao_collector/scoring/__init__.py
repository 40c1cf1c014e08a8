"""How findings become scores, alerts and seat states. Pure."""
