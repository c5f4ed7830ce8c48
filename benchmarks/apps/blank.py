"""A blank app with one table and one plotly figure: the start time of any Streamlit app that shows both."""

import pandas as pd
import plotly.express as px
import streamlit as st

frame = pd.DataFrame({"week": range(20), "band": [5.0 + 0.1 * week for week in range(20)]})
st.title("Blank")
st.dataframe(frame)
st.plotly_chart(px.line(frame, x="week", y="band"))
