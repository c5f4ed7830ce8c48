"""The page as tutorials write it: a scan by boto3's resource in `cache_data`, a table and a plotly express figure of it.

Kinder than most: it asks for the light attributes only.
"""

import os

import boto3
import pandas as pd
import plotly.express as px
import streamlit as st

from benchmarks.replayed import light_names
from data.schema import EVALUATIONS


@st.cache_data
def load() -> pd.DataFrame:
    """Every evaluation, as the items come."""
    table = boto3.resource("dynamodb").Table(os.environ[EVALUATIONS.variable])
    names = {f"#p{number}": name for number, name in enumerate(light_names(EVALUATIONS))}
    arguments = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    answer = table.scan(**arguments)
    items = answer["Items"]
    while "LastEvaluatedKey" in answer:
        answer = table.scan(ExclusiveStartKey=answer["LastEvaluatedKey"], **arguments)
        items.extend(answer["Items"])
    return pd.DataFrame(items)


st.title("Evaluations")
evaluations = load()
# lazy would be Streamlit's newest habit; the tutorials are older
st.dataframe(evaluations, lazy=False)
st.plotly_chart(px.histogram(evaluations, x="overall_band", color="evaluation_type"))
