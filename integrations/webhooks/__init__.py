"""The one inbox for what systems tell us by themselves: verified, stored, answered; read later (design in README)."""
