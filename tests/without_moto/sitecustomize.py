"""Makes moto impossible to import, as where it is not installed.

Python imports this module by itself, before anything else, in every process whose PYTHONPATH contains this folder.
"""

import sys

sys.modules["moto"] = None
