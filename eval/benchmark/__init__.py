"""What a benchmark shows: scores, tables, pictures and its page."""

from olivebranch.core.extras import require

require(__name__, "matplotlib", "polars")
