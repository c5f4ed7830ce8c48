"""What the rows mean: states of jobs, flags, progress, who needs attention.

Pure pandas and numpy: frames in, frames and numbers out. The clock and every threshold are passed in.
"""
