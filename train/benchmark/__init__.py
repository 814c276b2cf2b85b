"""Many learners on many games and seeds, in local processes or on Ray."""
