"""Learned play held against theory, and the pictures and tables of it."""

from olivebranch.core.extras import require

require(__name__, "rich", "scipy")
