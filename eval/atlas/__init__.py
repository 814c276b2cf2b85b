"""What an atlas shows: scores and pictures."""
