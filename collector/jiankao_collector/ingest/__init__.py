"""Batches in: admission, then the log, then the acknowledgement."""
