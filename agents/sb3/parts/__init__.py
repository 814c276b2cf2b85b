"""What the learners of Stable-Baselines3 share."""
