"""The centre's side of jiankao: it keeps the evidence, judges it, and shows it to people."""
