"""500 labelled pairs of a vendor and a contact, made by rules: 25 companies, each met in 20 ways.

The label comes from the rule alone, never from the code under test: a rule that keeps the company says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mappings.vendor_matching import VendorFacts

STEMS = (
    "Northgate Safety Supply", "Delta Steel", "Müller Anlagenbau", "Café Régional", "O'Brien & Sons", "A.B.C. Printing",
    "Łódź Metal", "St. John's Timber", "Harbour-View Catering", "Société Générale de Bois", "Jönköping Verktyg",
    "Pacific Gas Services", "Nova Scotia Power Tools", "Smith and Wesley", "Blue Ridge Paper", "Kowalski Transport",
    "Ibérica de Suministros", "Zenith Office Products", "Great Lakes Fasteners", "Åkesson Bygg", "Riverside Chemicals",
    "Tri-County Electric", "Golden Gate Packaging", "Prairie Wind Energy", "Señor Pallet",
)  # fmt: skip
FORMS = (("Ltd", "Limited"), ("Inc", "Incorporated"), ("GmbH", "G.m.b.H."), ("S.A.", "SA"), ("Corp.", "Corporation"))


@dataclass(frozen=True)
class Pair:
    rule: str
    same: bool
    vendor: VendorFacts
    contact: VendorFacts


def pairs() -> Iterator[Pair]:
    for number, stem in enumerate(STEMS):
        short, long = FORMS[number % len(FORMS)]
        base = VendorFacts(
            key=f"{number}",
            name=f"{stem} {short}",
            emails=(f"ap@{number}.example",),
            tax_number=f"GB {100_200_300 + number}",
        )
        for rule in RULES:
            vendor, contact = rule.make(base, short, long)
            contact = replace(contact, key=f"7f3a0c1e-0000-4000-8000-{number:012d}")
            yield Pair(rule.make.__name__, rule.same, vendor, contact)


Sides = tuple[VendorFacts, VendorFacts]
Maker = Callable[[VendorFacts, str, str], Sides]


@dataclass(frozen=True)
class Rule:
    same: bool
    make: Maker


def bare(facts: VendorFacts, **more: object) -> VendorFacts:
    """The company known by nothing but its name."""
    return replace(facts, **{"emails": (), "tax_number": "", **more})  # type: ignore[arg-type]


# The same company.


def capitals(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=base.name.upper())


def other_blanks_and_punctuation(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=f"  {base.name.replace(' ', '  ').replace('-', ' ')}, ")


def without_accents(base: VendorFacts, short: str, long: str) -> Sides:
    plain = base.name.translate(str.maketrans("éüäöåńñóźłŁÅ", "euaoannozlLA"))
    return bare(base), bare(base, name=plain)


def form_spelled_out(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=base.name.removesuffix(short) + long)


def ampersand(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=base.name.replace(" and ", " & ").replace(" & ", " and "))


def name_and_mail(base: VendorFacts, short: str, long: str) -> Sides:
    mails = (f"  {base.emails[0].upper()}", "office@elsewhere.example")
    return base, replace(base, tax_number="", emails=mails)


def renamed_with_tax_number(base: VendorFacts, short: str, long: str) -> Sides:
    return base, replace(base, name=f"Newly Named {base.key}", tax_number=base.tax_number.replace(" ", "-"))


def renamed_with_stored_id(base: VendorFacts, short: str, long: str) -> Sides:
    stored = f"7f3a0c1e-0000-4000-8000-{int(base.key):012d}"
    return bare(base, external_ref=stored.upper()), bare(base, name="Called Otherwise")


def typing_error(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=f"{base.name[:3]}x{base.name[3:]}")


def form_left_out(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=base.name.removesuffix(short).strip())


# Another company.


def another_form(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=base.name.removesuffix(short) + "LLP")


def another_branch(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base, name=f"{base.name} Plant 2"), bare(base, name=f"{base.name} Plant 3")


def another_town(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base, name=f"{base.name} (Leeds)"), bare(base, name=f"{base.name} (York)")


def holding(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base), bare(base, name=base.name.removesuffix(short) + f"Holdings {short}")


def words_swapped(base: VendorFacts, short: str, long: str) -> Sides:
    first, *rest = base.name.split()
    return bare(base), bare(base, name=" ".join([*rest[:-1], first, rest[-1]]))


def one_letter_apart(base: VendorFacts, short: str, long: str) -> Sides:
    return bare(base, name=f"{base.name} East"), bare(base, name=f"{base.name} Eats")


def equal_name_other_tax_number(base: VendorFacts, short: str, long: str) -> Sides:
    return replace(base, emails=()), replace(base, emails=(), tax_number="GB 999888777")


def equal_name_other_mail(base: VendorFacts, short: str, long: str) -> Sides:
    return replace(base, tax_number=""), replace(base, tax_number="", emails=("billing@other.example",))


def shared_mail_of_a_group(base: VendorFacts, short: str, long: str) -> Sides:
    mail = ("ap@group.example",)
    return bare(base, emails=mail), bare(base, emails=mail, name=f"Sister of {base.key}")


def masked_tax_number(base: VendorFacts, short: str, long: str) -> Sides:
    masked = "XXXXX1234"
    return bare(base, tax_number=masked), bare(base, tax_number=masked, name=f"Stranger {base.key}")


SAME = (
    capitals, other_blanks_and_punctuation, without_accents, form_spelled_out, ampersand, name_and_mail,
    renamed_with_tax_number, renamed_with_stored_id, typing_error, form_left_out,
)  # fmt: skip
OTHER = (
    another_form, another_branch, another_town, holding, words_swapped, one_letter_apart, equal_name_other_tax_number,
    equal_name_other_mail, shared_mail_of_a_group, masked_tax_number,
)  # fmt: skip
RULES = (*(Rule(True, make) for make in SAME), *(Rule(False, make) for make in OTHER))
