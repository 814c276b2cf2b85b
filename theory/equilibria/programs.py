"""Best responses as linear constraints on realisation plans (Koller, Megiddo and von Stengel 1996).

The value of a best response obeys, at each sequence s that ends at information set I,

    w[I] >= g[s] + sum of w over the information sets that s leads to,

where g[s] is what s pays its owner against the others' plans; and what empty sequences pay and lead to is the payoff.
The least w that obeys is the value.
"""

import numpy as np
import scipy.sparse as sparse

from olivebranch.games.base import FloatArray
from olivebranch.theory.tree.sequence_form import SequenceForm


class BestResponses:
    """The constraints of a game, as sparse matrices over its sequences and information sets.

    Attributes:
        form: the sequence form.
        leads_to: one where a sequence leads to an information set, ``[sequences, information sets]``.
        values: that, less one where a sequence ends at an information set; without the rows of empty sequences.
        flow: what leaves each information set less what arrives, ``[information sets, sequences]``; zero in a plan.
    """

    def __init__(self, form: SequenceForm) -> None:
        self.form = form
        n_sets, size = len(form.parent), form.size
        ended = np.arange(form.roots, size)
        self.leads_to = sparse.csr_matrix((np.ones(n_sets), (form.parent, np.arange(n_sets))), (size, n_sets))
        ends_at = sparse.csr_matrix((np.ones(len(ended)), (ended, form.information_set[ended])), (size, n_sets))
        self.values = (self.leads_to - ends_at)[form.roots :]
        self.flow = (ends_at - self.leads_to).T.tocsr()

    def linear(self, plan: FloatArray) -> tuple[sparse.csr_matrix, FloatArray, FloatArray, float]:
        """What sequences pay their owners, linear in the others' plans; and the sum of all payoffs, likewise.

        With two players the first is exact, and does not depend on ``plan``.

        Returns:
            a matrix and a constant: sequence s pays ``(matrix @ x + constant)[s]``; the gradient of the sum of all
            payoffs at ``plan``, and that sum.
        """
        form, players = self.form, self.form.tree.game.n_players
        sequences, values = form.payoffs.sequences, form.payoffs.values
        factors = plan[sequences]
        constant, gradient = np.zeros(form.size), np.zeros(form.size)
        rows, columns, entries = [], [], []
        for i in range(players):
            others = np.delete(factors, i, axis=1).prod(axis=1)
            np.add.at(gradient, sequences[:, i], values.sum(axis=1) * others)
            # a product of n - 1 plans is the sum of its n - 1 partial derivatives, less n - 2 times itself
            np.add.at(constant, sequences[:, i], -(players - 2) * values[:, i] * others)
            for j in range(players):
                if j != i:
                    rows.append(sequences[:, i])
                    columns.append(sequences[:, j])
                    entries.append(values[:, i] * np.delete(factors, (i, j), axis=1).prod(axis=1))
        index = (np.concatenate(rows), np.concatenate(columns)) if rows else (np.zeros(0, int), np.zeros(0, int))
        data = np.concatenate(entries) if entries else np.zeros(0)
        total = float((values.sum(axis=1) * factors.prod(axis=1)).sum())
        return sparse.csr_matrix((data, index), (form.size, form.size)), constant, gradient, total
