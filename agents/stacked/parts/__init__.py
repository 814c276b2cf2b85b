"""What stacked learners share."""
