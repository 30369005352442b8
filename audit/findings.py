"""What verification finds, as programs and people read it."""

from dataclasses import dataclass, field

LISTED = 100
RESTORE = "Compare it with your last backup, and find out who could write to the database."


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong: a kind for programs, words and a remedy for people.

    Kinds: triggers missing, seal broken, seal missing, key missing, entry altered, entry missing,
    entry inserted, details altered, details missing, tail cut.
    """

    kind: str
    words: str
    remedy: str = RESTORE
    entry: int | None = None
    seal: int | None = None


@dataclass(slots=True)
class Verification:
    """What was found: counts, and the first 100 failures.

    `skipped` is the id up to which nothing was checked, 0 where all was.
    """

    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    erased: int = 0
    skipped: int = 0
    latest_digest: str = ""
    failure_count: int = 0
    failures: list[Failure] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.failure_count == 0

    def note(self, failure: Failure) -> None:
        self.failure_count += 1
        if len(self.failures) < LISTED:
            self.failures.append(failure)

    def sentences(self) -> list[str]:
        """The outcome as people read it, the failures not included."""
        found = "nothing was altered" if self.ok else f"{_counted(self.failure_count, 'failure')} found"
        checked = f"{_counted(self.entries, 'entry', 'entries')} under {_counted(self.seals, 'seal')}"
        said = [f"Checked {checked}: {found}."]
        if self.skipped:
            said.append(f"Entries up to {self.skipped} were not checked now; audit_verify checks them all.")
        if self.unsealed:
            said.append(f"{_counted(self.unsealed, 'entry', 'entries')} at the end without a seal yet.")
        if self.erased:
            said.append(
                f"{_counted(self.erased, 'entry', 'entries')} with details erased by retention; the entries stand."
            )
        if self.latest_digest:
            said.append(f"The latest seal's digest is {self.latest_digest}.")
        return said


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
