"""A transcript for reading, with a search in it and its fillers counted."""

import streamlit as st

from bandup.analysis import transcripts
from bandup.formatting import counted
from bandup.ui import annotated_text, html, page


def show(transcript: str) -> None:
    """The whole transcript. Fillers are a description only: no official mapping from them to a band exists."""
    wanted = st.text_input("Search in the transcript", key="transcript_search", type="search")
    found = transcripts.search(transcript, wanted) if wanted else []
    if wanted:
        page.note(f"Found {counted(len(found), 'time')}.")
    html.show(annotated_text.transcript(transcript, found))
    fillers = transcripts.fillers(transcript)
    said = ", ".join(f"{filler} {number}" for filler, number in zip(fillers["filler"], fillers["count"], strict=True))
    page.note(f"Fillers: {said}. Counted as a description only." if said else "No fillers such as um, uh or you know.")
