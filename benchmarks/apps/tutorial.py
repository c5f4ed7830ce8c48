"""The page as tutorials write it: a scan with a boto3 resource in `cache_data`, a table and a plotly express figure.

Unlike most tutorials it requests only the summary attributes.
"""

import os

import boto3
import pandas as pd
import plotly.express as px
import streamlit as st

from benchmarks.generated_tables import summary_names
from data.schema import EVALUATIONS


@st.cache_data
def load() -> pd.DataFrame:
    """Read every evaluation into an object frame."""
    table = boto3.resource("dynamodb").Table(os.environ[EVALUATIONS.variable])
    names = {f"#p{number}": name for number, name in enumerate(summary_names(EVALUATIONS))}
    arguments = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    page = table.scan(**arguments)
    items = page["Items"]
    while "LastEvaluatedKey" in page:
        page = table.scan(ExclusiveStartKey=page["LastEvaluatedKey"], **arguments)
        items.extend(page["Items"])
    return pd.DataFrame(items)


st.title("Evaluations")
evaluations = load()
# tutorials are older than lazy loading
st.dataframe(evaluations, lazy=False)
st.plotly_chart(px.histogram(evaluations, x="overall_band", color="evaluation_type"))
