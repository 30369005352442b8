"""The desk: what the pages of the day are made of. Reads what the engine left; writes only what people add (E18)."""
