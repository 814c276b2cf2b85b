"""One colour for each equilibrium component and for each set of components, the same in every picture."""

from typing import Any

import numpy as np

from olivebranch.theory.talks.solve import EQUILIBRIUM_NAMES

# Colours of components after Okabe and Ito, safe for the colour-blind.
COLOURS = dict(
    zip(
        EQUILIBRIUM_NAMES,
        ("#009E73", "#D55E00", "#0072B2", "#999999", "#56B4E9", "#CC79A7", "#E69F00", "#777777", "#B8A100"),
        strict=True,
    )
)

# Every set of several components that occurs at generic parameters (in 20 million random games).
SET_COLOURS = {
    ("pool-talk", "pool-fight"): "#F6D3B8",
    ("pool-talk", "low-talks"): "#7FCDBB",
    ("pool-talk", "high-fights-low-mixes"): "#FFE79A",
    ("pool-fight", "high-talks-low-mixes"): "#C6B7E2",
    ("pool-fight", "both-mix"): "#B08968",
    ("pool-talk", "pool-fight", "low-talks-high-mixes"): "#F2C6DE",
    ("pool-talk", "pool-fight", "both-mix"): "#CFC9A0",
    ("pool-talk", "low-talks", "low-talks-high-mixes"): "#B5D3EE",
    ("pool-talk", "low-talks-high-mixes", "high-fights-low-mixes"): "#D8B0F0",
    ("pool-talk", "high-fights-low-mixes", "both-mix"): "#C3D17A",
}


def to_rgb(colour: Any) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] of ``"#RRGGBB"``, or of such numbers as they are: the page has no matplotlib."""
    if isinstance(colour, str):
        red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        return red, green, blue
    red, green, blue = (float(part) for part in colour[:3])
    return red, green, blue


def set_colour(names: tuple[str, ...]) -> Any:
    """The colour of a set of components; on knife edges, where other sets occur, the mean of theirs, paled."""
    if len(names) == 1:
        return COLOURS[names[0]]
    if not names:
        return "#FFFFFF"
    mean = np.mean([to_rgb(COLOURS[name]) for name in names], axis=0)
    return SET_COLOURS.get(names, tuple(0.45 * mean + 0.55))


def ink(colour: Any) -> str:
    """Black or white, whichever is easier to read on ``colour``."""
    red, green, blue = to_rgb(colour)
    return "#FFFFFF" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else "#111111"
