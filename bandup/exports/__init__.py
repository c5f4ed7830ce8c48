"""What leaves the dashboard: safe CSV, Parquet, the student's report, Anki decks, AWS command lines."""
