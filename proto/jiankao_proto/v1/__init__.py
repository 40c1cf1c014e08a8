"""Wire schemas and the code generated from them. Only codec, uplink, enrol and ingest import it."""
