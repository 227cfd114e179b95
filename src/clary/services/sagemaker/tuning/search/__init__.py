"""What a tuning job tries next, and what it stops early: knows hyperparameters and numbers, no record."""
