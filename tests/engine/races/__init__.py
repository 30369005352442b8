"""Programs that a test runs beside itself: real processes on one database file or server, some of them killed.

Each is run as `python -m tests.engine.races.<name> '<facts as JSON>'` and prints one JSON object as its last line.
"""
