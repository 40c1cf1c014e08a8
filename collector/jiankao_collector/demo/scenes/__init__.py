"""The scripted scenes, one a module; `catalogue` names them all."""
