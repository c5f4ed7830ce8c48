"""The embedded demo: invented students, essays, recordings and flashcard sets, in every shape the tables hold."""
