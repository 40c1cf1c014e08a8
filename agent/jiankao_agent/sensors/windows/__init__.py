"""The sensors of Windows: the same names and facts as elsewhere, by what Windows has to offer."""
