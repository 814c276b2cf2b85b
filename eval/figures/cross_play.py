"""Cross-play as a heat map for each player: its payoff by who plays it (rows) and who plays everyone else (columns)."""

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from olivebranch.eval.cross_play import CrossPlay, payoff_matrix
from olivebranch.eval.figures.palette import ink

LARGEST = 12  # policies; numbers in more cells could not be read
LONGEST = 28  # letters of a policy's name


def draw_cross_play(result: CrossPlay) -> Figure:
    """The heat maps, side by side. Raises ValueError for more than ``LARGEST`` policies."""
    size = len(result.entrants)
    if size > LARGEST:
        raise ValueError(f"{size} policies: expected at most {LARGEST}, or nobody could read the picture")
    names = [spec if len(spec) <= LONGEST else f"..{spec[-LONGEST + 2 :]}" for spec in result.specs]
    width = 0.75 * size + 2.6
    figure = Figure(figsize=(width * len(result.players), 0.55 * size + 2.6), layout="constrained", dpi=150)
    axes = figure.subplots(1, len(result.players), squeeze=False)[0]
    colours = matplotlib.colormaps["cividis"]
    for seat, (player, panel) in enumerate(zip(result.players, axes, strict=True)):
        matrix = payoff_matrix(result, seat)
        low, high = float(np.nanmin(matrix)), float(np.nanmax(matrix))
        shares = (matrix - low) / (high - low if high > low else 1.0)
        panel.imshow(np.ma.masked_invalid(shares), cmap=colours, vmin=0, vmax=1, aspect="auto")
        for (row, column), value in np.ndenumerate(matrix):
            missing = bool(np.isnan(value))
            colour = "#111111" if missing else ink(colours(shares[row, column])[:3])
            panel.text(
                column, row, "-" if missing else f"{value:.3f}", ha="center", va="center", color=colour, fontsize=8
            )
        panel.set_xticks(range(size), names, rotation=35, ha="right", fontsize=8)
        panel.set_yticks(range(size), names, fontsize=8)
        panel.set_title(f"Payoff of {player}", fontsize=10)
        panel.set_ylabel(f"plays {player}", fontsize=9)
        others = [name for name in result.players if name != player]
        panel.set_xlabel(f"plays {' and '.join(others)}", fontsize=9)
    figure.suptitle(f"Cross-play on {result.game}", fontsize=11)
    return figure
