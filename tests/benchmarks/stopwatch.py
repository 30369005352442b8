"""CPU time and queries of parts of the program, each without the parts that run inside it."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from types import TracebackType
from typing import Any

OTHER = "other"


class Stopwatch:
    """Time goes to the innermost part that runs, and to `OTHER` where none does."""

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self._clock = clock
        self._running = [OTHER]
        self._since = 0.0
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.queries: Counter[str] = Counter()

    def __enter__(self) -> "Stopwatch":
        self._since = self._clock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self._book()
        self._running.append(name)
        try:
            yield
        finally:
            self._book()
            self._running.pop()

    def count_query(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """For `connection.execute_wrapper`. What begins and ends a transaction does not come by here."""
        self.queries[self._running[-1]] += 1
        return execute(sql, params, many, context)

    def watch(self, place: str, name: str) -> None:
        """Book the function at a dotted place, `module:function` or `module:Class.method`, as part `name`."""
        module, _, path = place.partition(":")
        *owners, attribute = path.split(".")
        owner: Any = import_module(module)
        for each in owners:
            owner = getattr(owner, each)
        original = getattr(owner, attribute)
        setattr(owner, attribute, self._watched(original, name))

    def watch_steps(self, place: str, name: str) -> None:
        """As `watch`, for a generator function: each step is booked, and not what happens between them."""
        module, _, attribute = place.partition(":")
        owner = import_module(module)
        original: Callable[..., Iterator[Any]] = getattr(owner, attribute)

        @wraps(original)
        def steps(*args: Any, **kwargs: Any) -> Iterator[Any]:
            going = original(*args, **kwargs)
            nothing = object()
            while True:
                with self.part(name):
                    step = next(going, nothing)
                if step is nothing:
                    return
                yield step

        setattr(owner, attribute, steps)

    def _watched(self, original: Callable[..., Any], name: str) -> Any:
        @wraps(original)
        def watched(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return original(*args, **kwargs)

        # A bound class method must not be given its class a second time.
        return staticmethod(watched) if hasattr(original, "__self__") else watched

    def _book(self) -> None:
        now = self._clock()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now
