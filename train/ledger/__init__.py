"""The claims ledger, as learned: learners trained on random games inside, at the edge of and outside each claim."""
