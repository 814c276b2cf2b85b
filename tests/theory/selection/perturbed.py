"""Perturbed talks games solved without a closed form: all equilibria, with signs, from the payoff table alone.

The sender's payoffs are linear in the receiver's replies (q after an offer, r after fighting) and the receiver's in the
sender's offers (x_H, x_L). So if exploration only bounds what each type may play, an equilibrium in which k types mix
has k replies that mix, each side's mixture making the other indifferent: a linear system for each pattern. Under logit
exploration the replies are searched on a grid.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import expit, log_expit, logit

from olivebranch.games.talks import TalksColumns

FIGHT, OFFER = 0, 1


@dataclass
class Linear:
    """Gains of n games: D_θ = ``level`` + ``slope`` @ (q, r), and the receiver's gain from escalating on each type."""

    prior: np.ndarray  # [n, type]
    level: np.ndarray  # [n, type]
    slope: np.ndarray  # [n, type, reply]
    gain: np.ndarray  # [n, reply, type]

    @classmethod
    def of(cls, games: TalksColumns[np.ndarray]) -> "Linear":
        """From docs/model.md, section 2, first table."""
        p = games
        sender, receiver = np.empty((2, len(p.prior_high), 2, 2, 2))  # [n, type, message, reply]
        for kind, loss in enumerate((p.loss_high, p.loss_low)):
            sender[:, kind, FIGHT, 0], receiver[:, kind, FIGHT, 0] = -p.pressure * loss, p.pressure * loss
            sender[:, kind, FIGHT, 1], receiver[:, kind, FIGHT, 1] = -loss, loss - p.escalation_cost
            sender[:, kind, OFFER, 0], receiver[:, kind, OFFER, 0] = p.sender_dividend, p.receiver_dividend
            sender[:, kind, OFFER, 1] = -(1 - p.shelter) * loss - p.face_cost
            receiver[:, kind, OFFER, 1] = (1 - p.shelter) * loss - p.escalation_cost - p.guarantee
        slope = np.stack(
            [sender[:, :, OFFER, 1] - sender[:, :, OFFER, 0], sender[:, :, FIGHT, 0] - sender[:, :, FIGHT, 1]], axis=2
        )
        gain = np.stack([receiver[:, :, m, 1] - receiver[:, :, m, 0] for m in (OFFER, FIGHT)], axis=1)
        return cls(
            np.stack([p.prior_high, 1 - p.prior_high], axis=1),
            sender[:, :, OFFER, 0] - sender[:, :, FIGHT, 0],
            slope,
            gain,
        )

    def eager(self, replies: np.ndarray) -> np.ndarray:
        """D_θ at replies ``[n, 2]``."""
        return self.level + np.einsum("ntr,nr->nt", self.slope, replies)

    def harsh(self, offers: np.ndarray) -> np.ndarray:
        """The receiver's gains from escalating after an offer and after fighting, by how often these are met."""
        sent = np.stack([offers, 1 - offers], axis=1) * self.prior[:, None, :]
        return (self.gain * sent).sum(axis=2)

    def harsh_slope(self) -> np.ndarray:
        """How these change with the offers, ``[n, reply, type]``."""
        return self.gain * self.prior[:, None, :] * np.array([1.0, -1.0])[:, None]


@dataclass
class Equilibria:
    """One line for each: the game, (x_H, x_L, q, r), and its sign."""

    game: np.ndarray
    state: np.ndarray
    sign: np.ndarray


def constrained(games: Linear, least: np.ndarray) -> Equilibria:
    """All equilibria where type θ sends each message with probability of at least ``least[θ]``."""
    n = len(games.prior)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    push = games.harsh_slope()
    for types, replies in product(product("LHM", repeat=2), product("LHM", repeat=2)):
        mixing_types = [i for i in range(2) if types[i] == "M"]
        mixing_replies = [j for j in range(2) if replies[j] == "M"]
        if len(mixing_types) != len(mixing_replies):
            continue  # at generic parameters
        x = np.stack([np.full(n, 1 - least[i] if types[i] == "H" else least[i]) for i in range(2)], axis=1)
        y = np.stack([np.full(n, 1.0 if replies[j] == "H" else 0.0) for j in range(2)], axis=1)
        x[:, mixing_types], y[:, mixing_replies] = 0.0, 0.0
        sign = np.ones(n)
        if mixing_types:
            a = games.slope[:, mixing_types][:, :, mixing_replies]
            b = push[:, mixing_replies][:, :, mixing_types]
            y[:, mixing_replies] = np.linalg.solve(a, -games.eager(y)[:, mixing_types, None])[..., 0]
            x[:, mixing_types] = np.linalg.solve(b, -games.harsh(x)[:, mixing_replies, None])[..., 0]
            sign = (-1) ** len(mixing_types) * np.sign(np.linalg.det(a) * np.linalg.det(b))
        eager, harsh = games.eager(y), games.harsh(x)
        good = np.ones(n, dtype=bool)
        for i in range(2):
            good &= {"L": eager[:, i] < 0, "H": eager[:, i] > 0, "M": (x[:, i] > least[i]) & (x[:, i] < 1 - least[i])}[
                types[i]
            ]
            good &= {"L": harsh[:, i] < 0, "H": harsh[:, i] > 0, "M": (y[:, i] > 0) & (y[:, i] < 1)}[replies[i]]
        found.append((np.flatnonzero(good), np.hstack([x, y])[good], sign[good]))
    return Equilibria(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def logit_belief(games: Linear, replies: np.ndarray, temperature: float) -> np.ndarray:
    """Log-odds of the high type after an offer and after fighting, ``[n, 2]``."""
    eager = games.eager(replies) / temperature
    prior = logit(games.prior[:, 0])
    return np.stack([prior + log_expit(s * eager[:, 0]) - log_expit(s * eager[:, 1]) for s in (1, -1)], axis=1)


def logit_equilibria(games: Linear, temperature: float, grid: int = 4001) -> Equilibria:
    """All equilibria where types explore by logit and the receiver answers optimally, by search over the replies."""
    n = len(games.prior)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = games.gain[:, :, 1] / (games.gain[:, :, 1] - games.gain[:, :, 0])  # indifferent at this Pr(high)
        wanted = np.select([share >= 1, share <= 0], [np.inf, -np.inf], logit(share))
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def keep(good: np.ndarray, replies: np.ndarray, sign: np.ndarray) -> None:
        offers = expit(games.eager(replies) / temperature)
        found.append((np.flatnonzero(good), np.hstack([offers, replies])[good], sign[good]))

    def excess(replies: np.ndarray) -> np.ndarray:
        return logit_belief(games, replies, temperature) - wanted

    for pure in product((0.0, 1.0), repeat=2):
        replies = np.tile(pure, (n, 1))
        over = excess(replies)
        keep(np.all(np.where(replies == 1, over < 0, over > 0), axis=1), replies, np.ones(n))
    ticks = np.linspace(0, 1, grid)
    for mixing, fixed in product((0, 1), (0.0, 1.0)):
        values = np.empty((grid, n))
        replies = np.full((n, 2), fixed)
        for k, tick in enumerate(ticks):
            replies[:, mixing] = tick
            values[k] = excess(replies)[:, mixing]
        for k, game in np.argwhere((values[:-1] < 0) != (values[1:] < 0)):
            low, high = ticks[k], ticks[k + 1]
            one = Linear(*(part[game : game + 1] for part in (games.prior, games.level, games.slope, games.gain)))
            at = np.full((1, 2), fixed)
            for _ in range(50):
                at[0, mixing] = (low + high) / 2
                over = (logit_belief(one, at, temperature) - wanted[game])[0]
                low, high = (
                    (at[0, mixing], high) if (over[mixing] < 0) == (values[k, game] < 0) else (low, at[0, mixing])
                )
            other = over[1 - mixing]
            if other < 0 if fixed == 1 else other > 0:
                rising = values[k + 1, game] > values[k, game]
                offers = expit(one.eager(at) / temperature)
                found.append((np.array([game]), np.hstack([offers, at]), np.array([1.0 if rising else -1.0])))
    with np.errstate(invalid="ignore", divide="ignore"):
        mass = (games.prior[:, 0] - share[:, 1]) / (share[:, 0] - share[:, 1])
        offers = mass[:, None] * np.stack([share[:, 0], 1 - share[:, 0]], axis=1) / games.prior
        inside = (offers > 0).all(axis=1) & (offers < 1).all(axis=1)
        inside &= np.isfinite(wanted).all(axis=1)
        gains = np.where(inside[:, None], temperature * logit(np.where(inside[:, None], offers, 0.5)), 0.0)
    replies = np.linalg.solve(games.slope, (gains - games.level)[..., None])[..., 0]
    inside &= (replies > 0).all(axis=1) & (replies < 1).all(axis=1)
    move = 1e-6
    with np.errstate(invalid="ignore"):
        columns = [(excess(replies + step) - excess(replies - step)) / (2 * move) for step in move * np.eye(2)]
        sign = np.sign(columns[0][:, 0] * columns[1][:, 1] - columns[0][:, 1] * columns[1][:, 0])
    keep(inside, replies, sign)
    return Equilibria(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
