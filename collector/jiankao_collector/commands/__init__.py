"""The subcommands of jiankao-collector: one module each, with `add` and `run`."""
