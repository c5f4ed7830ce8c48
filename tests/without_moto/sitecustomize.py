"""Make moto impossible to import, as if it were not installed.

Python imports this module at the start of every process whose PYTHONPATH contains this folder.
"""

import sys

sys.modules["moto"] = None
