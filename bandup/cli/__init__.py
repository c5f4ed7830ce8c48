"""The command line, `python -m bandup`: one file per command."""
