"""The thin boto3 layer: responses of DynamoDB in, typed frames and records out. It imports nothing of `bandup`.

Wire types (`{"S": …}`, `Decimal`) stay in this package: nothing outside parses values again. Importing it changes no
setting of the process.
"""
