"""Pieces of interface that two or more pages use. They receive frames and records; they never fetch."""
