"""Maps of learning: a learner trained in every cell of a grid of parameters."""
