"""Everything above the boto3 layer: analysis, figures, interface, sign-in, exports, the demo, the commands, the server."""
