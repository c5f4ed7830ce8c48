"""Figures: one family per module, each a pure function from frames to a plotly Figure.

They never fetch, never read the clock, and draw an empty figure for empty input. Text from the tables is escaped.
"""
