"""What a lower folder asks of a higher one without importing it: a role, and who fills it.

Imports run one way (docs and tests/test_architecture.py), yet an environment can be played against an equilibrium,
which a higher folder works out. ``olivebranch/__init__.py``, which stands above all folders, says who fills which role.
"""

from importlib import import_module

_FILLED_BY: dict[str, str] = {}


def fill(role: str, by: str) -> None:
    """Let the object that ``by`` names, ``module:name``, fill ``role``; it is imported when first asked for."""
    _FILLED_BY[role] = by


def who_fills(role: str) -> object:
    """The object that fills ``role``. Raises KeyError where nothing does."""
    module, _, name = _FILLED_BY[role].partition(":")
    found: object = getattr(import_module(module), name)
    return found
