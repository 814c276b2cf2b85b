"""How a reference policy follows the one that learns."""

from torch import nn


def move_towards(slow: nn.Module, fast: nn.Module, rate: float) -> None:
    """Move every weight of ``slow`` the share ``rate`` of its way to that of ``fast``."""
    for behind, ahead in zip(slow.parameters(), fast.parameters(), strict=True):
        behind.data.lerp_(ahead.data, rate)


def begins_round(done: int, total: int, rounds: int) -> bool:
    """Whether the update after the first ``done`` of ``total`` is the first of one of ``rounds`` equal rounds.

    The first round of all is not counted, since nothing ends before it.
    """
    return 0 < done < total and done * rounds // total > (done - 1) * rounds // total
