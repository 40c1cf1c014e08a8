"""Telemetry that others recorded, read as what our own workstations would have told, and judged by the same rules."""
