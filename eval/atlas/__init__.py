"""What an atlas shows: scores and pictures."""

from olivebranch.core.extras import require

require(__name__, "matplotlib")
