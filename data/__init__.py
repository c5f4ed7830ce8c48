"""The thin boto3 layer: bytes of a DynamoDB response in, frames with declared columns out.

boto3, botocore and moto live here alone, and so do wire types (`{"S": …}`, `Decimal`): nothing downstream re-parses.
Streamlit enters `bandup/queries/cached.py` only.
"""
