"""What the learners share that keep a table and play episodes."""
