"""A script that does nothing: the least a rerun can take."""
