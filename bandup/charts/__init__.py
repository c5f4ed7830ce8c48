"""Figures: pure functions from frames to a plotly Figure, in the `*_chart` modules; the other modules are shared by them.

`…_data` returns the numbers, the function of the same name draws them, `…_alt` describes them in text. None of them
reads a table or the clock. Empty input gives a figure with one sentence. Text from the tables is escaped.
"""
