"""The app that `streamlit run dashboard.py` starts: `bandup/frame.py` behind the middleware of `bandup/server.py`.

`streamlit run` looks for the assignment `app = st.App(…)` in this file's source, so it stays here.
"""

import streamlit as st

from bandup import server

app = st.App(server.FRAME, **server.options())
