"""A script that does nothing: the lower limit of a rerun."""
