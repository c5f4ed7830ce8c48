"""Repeatable measurements of the dashboard's speed, memory and cost; README.md has the commands and the last figures."""
