"""Config schema, training loop and run folders."""

from olivebranch.core.extras import require

require(__name__, "pydantic", "tensorboard")
