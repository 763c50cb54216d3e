"""What the tests run for real, and how a machine gets it."""
