"""A task function for the tests of the brokers: it notes the numbers it is called with."""

CALLS: list[int] = []


def note(number: int) -> None:
    CALLS.append(number)
