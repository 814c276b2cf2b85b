"""Wilson's score interval, for single frequencies and for arrays of them."""

from typing import Any

import numpy as np


def wilson_bounds(successes: Any, trials: Any, confidence: float = 0.95) -> tuple[Any, Any]:
    """The ends of Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22: 209-212); arguments broadcast.

    Args:
        successes, trials: whole numbers, 0 <= successes <= trials, trials > 0.
        confidence: nominal coverage, in (0, 1).
    """
    from scipy import stats  # core is importable without it

    z = float(stats.norm.ppf(0.5 + confidence / 2))
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return np.maximum(0.0, centre - half), np.minimum(1.0, centre + half)
