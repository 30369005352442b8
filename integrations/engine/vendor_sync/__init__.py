"""Keeping vendors in step both ways (A70 to A74, E10): read both sides, compare, write through intents, recover."""
