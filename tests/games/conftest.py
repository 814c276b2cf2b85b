"""Puts the games that only tests use on the import path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "games_for_tests"))
