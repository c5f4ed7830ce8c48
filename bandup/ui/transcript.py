"""A transcript with a search field and a count of its fillers."""

import streamlit as st

from bandup.analysis import transcripts
from bandup.formatting import counted
from bandup.ui import annotated_text, html, page


def show(transcript: str) -> None:
    """Show the whole transcript. Fillers are only described: no official mapping from fillers to bands exists."""
    query = st.text_input("Search in the transcript", key="transcript_search", type="search")
    matches = transcripts.find_text(transcript, query) if query else []
    if query:
        page.note(f"Found {counted(len(matches), 'time')}.")
    html.show(annotated_text.transcript(transcript, matches))
    fillers = transcripts.filler_counts(transcript)
    counts = ", ".join(f"{filler} {count}" for filler, count in zip(fillers["filler"], fillers["count"], strict=True))
    page.note(
        f"Fillers: {counts}. These counts are a description only." if counts else "No fillers (um, uh, you know)."
    )
