"""Who plays: policies, and learners that leave policies behind. Each is in a file of its own."""
