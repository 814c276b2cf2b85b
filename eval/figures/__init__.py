"""Pictures."""

from olivebranch.core.extras import require

require(__name__, "matplotlib", "contourpy")
