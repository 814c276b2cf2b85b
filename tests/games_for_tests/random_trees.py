"""Random .efg texts: trees whose information sets are often, but by no means always, those of the class of games."""

import numpy as np


def random_tree(generator: np.random.Generator) -> str:
    """A tree of at most five levels. Each level is chance's or a player's; who sees what of a level is drawn."""
    return _Tree(generator).text()


class _Tree:
    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self.n_players, self.depth = int(generator.integers(1, 4)), int(generator.integers(2, 6))
        self.owner = [int(generator.integers(-1, self.n_players)) for _ in range(self.depth)]  # -1: chance
        self.sizes = [int(generator.integers(2, 4)) for _ in range(self.depth)]
        self.sees = generator.random((self.n_players, self.depth)) < generator.choice([0.5, 0.8, 0.95])
        self.mistakes = generator.random() < 0.2
        if generator.random() < 0.7:  # mostly of the class: a private deal, then moves that all see
            self.sees[:] = True
            for level in range(int(generator.integers(1, min(3, self.depth)))):
                self.owner[level] = -1
                self.sees[:, level] = generator.random(self.n_players) < 0.5
        self.lines = ['EFG 2 R "random" { ' + " ".join(f'"player {i}"' for i in range(self.n_players)) + " }"]
        self.sets: dict[tuple[object, ...], int] = {}
        self.outcomes = self.events = 0

    def text(self) -> str:
        self.grow(0, ())
        return "\n".join(self.lines) + "\n"

    def grow(self, level: int, path: tuple[int, ...]) -> None:
        if level == self.depth or (level > 1 and self.generator.random() < 0.08):
            self.outcomes += 1
            payoffs = " ".join(str(payoff) for payoff in self.generator.integers(-9, 9, self.n_players))
            self.lines.append(f't "" {self.outcomes} "" {{ {payoffs} }}')
            return
        player, size = self.owner[level], self.sizes[level]
        labels = [f"{level}{'xyz'[branch]}" for branch in range(size)]
        if player < 0:
            self.events += 1
            weights = self.generator.integers(1, 4, size)
            shares = " ".join(f'"{name}" {w}/{weights.sum()}' for name, w in zip(labels, weights, strict=True))
            self.lines.append(f'c "" {self.events} "" {{ {shares} }} 0')
        else:
            known = [path[k] if self.sees[player, k] or self.owner[k] == player else None for k in range(level)]
            if self.mistakes and self.generator.random() < 0.1:
                known.append(int(self.generator.integers(2)))
            number = self.sets.setdefault((player, level, *known), len(self.sets) + 1)
            actions = " ".join(f'"{name}"' for name in labels)
            self.lines.append(f'p "" {player + 1} {number} "" {{ {actions} }} 0')
        for branch in range(size):
            self.grow(level + 1, (*path, branch))
