"""The append-only evidence log."""
