"""The embedded demo: invented students, essays, recordings and flashcard sets, in every shape of the real tables."""
