"""The workstation's side of jiankao: it observes and reports, and never changes what it watches."""
