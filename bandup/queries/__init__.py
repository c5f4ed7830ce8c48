"""What pages call: cached reads, the background refresh, the dataset of all students."""
