"""The predictions of docs/replications.md, each judged by the rule that was written down with it."""

from collections.abc import Mapping, Sequence

import numpy as np

from olivebranch.eval.replication.scores import Scores
from olivebranch.train.replication.config import CellConfig, ReplicationConfig

Judged = dict[str, str]


def judge(config: ReplicationConfig, scores: Mapping[str, Sequence[Scores]]) -> list[Judged]:
    """Verdicts on the predictions that the cells of a replication can speak to: ``text`` and ``verdict``."""
    verdicts: list[Judged] = []
    if len(config.cells) == 1 and config.cells[next(iter(config.cells))] == CellConfig():
        verdicts += _of_the_replication(next(iter(scores.values())))
    if config.actions > 2 * config.states - 1:
        return verdicts + _on_a_finer_grid(config, scores)
    cooled = [scores[name] for name, cell in config.cells.items() if cell.temperature.least == 0]
    held = {name: cell for name, cell in config.cells.items() if cell.temperature.least > 0}
    if cooled and held:
        verdicts += [_settles(cooled, [scores[name] for name, cell in held.items() if cell.step.decay == 0])]
    responds = {cell.step.decay == 0: scores[name] for name, cell in held.items() if cell.receiver == "responds"}
    learns = {cell.step.decay == 0: scores[name] for name, cell in held.items() if cell.receiver == "learns"}
    if True in responds and True in learns:
        verdicts += [_pays(responds[True], learns[True])]
    if len(responds) == 2:
        verdicts += [_slows(responds[True], responds[False])]
    return verdicts


def _of_the_replication(rows: Sequence[Scores]) -> list[Judged]:
    converged = np.concatenate([one.converged for one in rows])
    plays = np.concatenate([one.plays for one in rows])
    within = float(((plays >= 0.8e6) & (plays <= 1.5e6)).mean())
    off = [one for one in rows if not _threshold(one.bias)]
    nash = np.concatenate([one.nash[one.converged] for one in off]) if off else np.zeros(0)
    between = [one for one in rows if 0.05 < one.bias < 0.3]
    ranks = np.concatenate([one.rank[one.rank > 0] for one in between]) if between else np.zeros(0)
    low = [float(one.information.mean()) for one in rows if one.bias < 0.05]
    high = [float(one.information.mean()) for one in rows if one.bias > 0.3]
    near = float((ranks <= 2).mean()) if len(ranks) else np.nan
    good = float(nash.mean()) if len(nash) else np.nan
    floor, ceiling = min(low, default=np.nan), max(high, default=np.nan)
    return [
        _judged(
            f"1: {converged.mean():.1%} of runs converge (> 99 % expected), and {within:.1%} of all end between "
            "0.8 and 1.5 million plays.",
            [converged.mean() > 0.99, within > 0.95],
        ),
        _judged(
            f"2: Off the thresholds {good:.1%} of converged runs count as Nash (>= 90 % expected).",
            [None if np.isnan(good) else good >= 0.9],
        ),
        _judged(
            f"3: Mean information is at least {floor:.2f} below a bias of 0.05 and at most {ceiling:.2f} above 0.3; in "
            f"between, {near:.1%} of the runs that match an equilibrium have rank 1 or 2 (>= 80 % expected).",
            [None if np.isnan(floor + ceiling + near) else floor > 0.95 and ceiling < 0.05 and near >= 0.8],
        ),
    ]


def _threshold(bias: float) -> bool:
    """Whether some type is indifferent between two neighbouring cells at a bias: multiples of a twentieth."""
    return abs(20 * bias - round(20 * bias)) < 1e-9


def _settles(cooled: Sequence[Sequence[Scores]], held: Sequence[Sequence[Scores]]) -> Judged:
    least = min(float(np.concatenate([one.converged for one in rows]).mean()) for rows in cooled)
    middle = [one.converged for rows in held for one in rows if 0.1 < one.bias < 0.3]
    most = float(np.concatenate(middle).mean()) if middle else np.nan
    text = (
        f"4: The cell with cooling that settles least does so in {least:.1%} of runs (> 95 % expected, refuted below "
        f"80 %); with the temperature held and a constant step {most:.1%} settle at biases between 0.1 and 0.3 (none "
        "expected)."
    )
    return _judged(text, [least > 0.95, None if np.isnan(most) else most == 0.0], refuted=least < 0.8)


def gain(rows: Sequence[Scores]) -> float:
    """What the sender recently got above the equilibrium that is best for it, on average over biases 0.15 to 0.4."""
    chosen = [one for one in rows if 0.15 - 1e-9 <= one.bias <= 0.4 + 1e-9]
    gains = [one.recent_sender_payoff.mean() - one.best_sender_payoff for one in chosen]
    return float(np.mean(gains)) if gains else np.nan


def _pays(responds: Sequence[Scores], learns: Sequence[Scores]) -> Judged:
    ours, other = gain(responds), gain(learns)
    text = (
        f"5: With the temperature held, the step constant and biases from 0.15 to 0.4, the sender gets {ours:+.4f} "
        f"beside its best equilibrium if the receiver responds best (above 0 expected), and {other:+.4f} if it learns "
        "(at most 0 expected)."
    )
    return _judged(text, [None if np.isnan(ours) else ours > 0 >= other], refuted=ours <= 0)


def _slows(constant: Sequence[Scores], annealed: Sequence[Scores]) -> Judged:
    before, after = gain(constant), gain(annealed)
    text = f"6: Annealing the step turns the gain of {before:+.4f} into {after:+.4f} (within a factor of two expected)."
    holds = None if np.isnan(before) else before > 0 and before / 2 <= after <= 2 * before
    return _judged(text, [holds], refuted=after <= 0)


def _on_a_finer_grid(config: ReplicationConfig, scores: Mapping[str, Sequence[Scores]]) -> list[Judged]:
    """Prediction 7, of cells in which the receiver responds best."""
    cells = {name: cell for name, cell in config.cells.items() if cell.receiver == "responds"}
    cooled = [one.converged for name, cell in cells.items() if cell.temperature.least == 0 for one in scores[name]]
    held = sorted((cell.temperature.least, name) for name, cell in cells.items() if cell.temperature.least > 0)
    settled = [one.converged for _, name in held for one in scores[name] if 0.1 < one.bias < 0.4]
    if not cooled or not settled:
        return []
    share, still = float(np.concatenate(settled).mean()), float(np.concatenate(cooled).mean())
    warmest = gain(scores[held[-1][1]])
    text = (
        f"7: With {config.actions} actions and the temperature held, {share:.1%} of runs settle at biases between "
        f"0.1 and 0.4 (below 50 % expected, refuted from 80 % on), and with cooling {still:.1%} do (> 95 % expected). "
        f"In the warmest cell the sender gets {warmest:+.4f} beside its best equilibrium (above 0 expected)."
    )
    return [_judged(text, [share < 0.5, still > 0.95, warmest > 0], refuted=share >= 0.8)]


def _judged(text: str, parts: Sequence[bool | None], refuted: bool = False) -> Judged:
    """A prediction holds if all of its parts do; None where there is nothing to tell."""
    if None in parts:
        verdict = "This is not decided here."
    elif all(parts):
        verdict = "It holds."
    else:
        verdict = "It is refuted." if refuted else "It holds in part." if any(parts) else "It does not hold."
    return {"text": text, "verdict": verdict}
