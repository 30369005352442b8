"""The books of both sides beside each other, with a cause for every difference (A102 to A104)."""
