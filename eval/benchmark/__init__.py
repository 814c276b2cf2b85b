"""What a benchmark shows: judgements, tables, submissions, pictures and its page."""

from olivebranch.core.extras import require

require(__name__, "matplotlib", "polars")
