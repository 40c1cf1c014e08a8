"""Windows. Its sensors come with the Windows agent; the place is kept."""
