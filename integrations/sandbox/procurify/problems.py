"""What Procurify answers when it will not. Bodies come in the shapes that its documentation leaves open."""

from __future__ import annotations

from ..exchange import Answer, Json


class Problem(Exception):  # noqa: N818  (an answer on its way out, not a failure of the stand-in)
    """Ends a request with the answer it carries."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class InvalidFields(Exception):  # noqa: N818
    """Fields or filters that are wrong: name -> sentence. Becomes a 400 in the shape the knob asks for."""

    def __init__(self, wrong: dict[str, str]) -> None:
        super().__init__(wrong)
        self.wrong = wrong

    def answer(self, shape: str) -> Answer:
        if shape == "c":
            return Answer.json({name: [sentence] for name, sentence in self.wrong.items()}, 400)
        errors: Json = {name: {"message": sentence, "code": "INVALID"} for name, sentence in self.wrong.items()}
        return Answer.json({"errors": errors}, 400)


def detail(status: int, sentence: str, headers: dict[str, str] | None = None) -> Problem:
    return Problem(Answer.json({"detail": sentence}, status, headers))


def not_found(sentence: str = "Not found.") -> Problem:
    return detail(404, sentence)
