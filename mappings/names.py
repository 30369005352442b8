"""Names in the form in which they are compared. Pure, and deliberately strict: what is told apart in court stays apart.

`folded` is for searching and for similarity, `company` for saying that two vendors bear the same name (A70).
"""

import re
import unicodedata

# Letters that Unicode does not take apart, as people type them on a keyboard that lacks them.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
_DROPPED = re.compile("[.'`\u2019\u2018\u00b4]")
_NOT_A_WORD = re.compile(r"[^\w]+|_+")

# Spellings of one legal form. Forms are never equated with each other, nor with none: "Delta Ltd", "Delta Inc" and
# "Delta" may be three companies.
_LEGAL_FORMS = {
    ("limited",): "ltd", ("ltd",): "ltd",
    ("proprietary", "limited"): "pty ltd", ("pty", "limited"): "pty ltd", ("proprietary", "ltd"): "pty ltd",
    ("incorporated",): "inc", ("corporation",): "corp", ("company",): "co",
    ("limited", "liability", "company"): "llc", ("l", "l", "c"): "llc",
    ("limited", "liability", "partnership"): "llp", ("l", "l", "p"): "llp",
    ("public", "limited", "company"): "plc", ("p", "l", "c"): "plc",
    ("gesellschaft", "mit", "beschrankter", "haftung"): "gmbh", ("aktiengesellschaft",): "ag",
    ("s", "a"): "sa", ("societe", "anonyme"): "sa", ("sociedad", "anonima"): "sa",
    ("s", "a", "r", "l"): "sarl", ("s", "r", "l"): "srl", ("s", "p", "a"): "spa",
    ("b", "v"): "bv", ("besloten", "vennootschap"): "bv", ("n", "v"): "nv",
    ("a", "s"): "as", ("aktieselskab",): "as", ("aktiebolag",): "ab", ("osakeyhtio",): "oy",
    ("sp", "z", "o", "o"): "sp z o o", ("spolka", "z", "o", "o"): "sp z o o",
}  # fmt: skip
_LONGEST_FORM = max(len(words) for words in _LEGAL_FORMS)


def folded(text: str) -> str:
    """Lower case without accents on Latin letters, punctuation as blanks, blanks single."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if not text.isascii():
        text = _without_accents(text).translate(_LETTERS)
    text = _DROPPED.sub("", text.replace("&", " and ").replace("+", " plus "))
    return _NOT_A_WORD.sub(" ", text).strip()


def company(name: str) -> str:
    """The name of a company for comparison; "" for a name of nothing but punctuation, which equals no other.

    The legal form at the end is spelled one way, not removed.
    """
    words = folded(name).split()
    for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        form = _LEGAL_FORMS.get(tuple(words[-length:]))
        if form:
            return " ".join([*words[:-length], form])
    return " ".join(words)


def _without_accents(text: str) -> str:
    """Only Latin letters lose their marks: a mark on a kana or a Hebrew letter makes another word."""
    kept: list[str] = []
    latin = False
    for character in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(character):
            latin = character.isascii() or unicodedata.name(character, "").startswith("LATIN")
        elif latin:
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
