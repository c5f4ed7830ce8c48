"""What pages call: cached reads, the background refresh, the data set of everyone."""
