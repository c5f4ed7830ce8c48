"""Repeatable measurements of what the dashboard promises; README.md says how to run them and what came out."""
