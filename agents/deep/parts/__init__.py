"""What the learners with networks share."""
