"""The badges and tiers that every association begins with. Pure: what they are; `services.starter` writes them.

The names say what somebody did and not what they are worth, and nothing here rewards haste: streaks are in weeks and
months, so that nobody loses one for a day off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from achievements.enums import Category, Repeats


class Words(NamedTuple):
    """A text in the three languages."""

    nb: str
    nn: str
    en: str

    def columns(self, name: str) -> dict[str, str]:
        return {name: self.nb, f"{name}_nn": self.nn, f"{name}_en": self.en}


class Starter(NamedTuple):
    """One badge of the set."""

    slug: str
    icon: str
    category: Category
    criteria: Mapping[str, Any]
    name: Words
    description: Words
    alt_text: Words
    repeats: Repeats = Repeats.NEVER

    @property
    def columns(self) -> dict[str, Any]:
        """The values of a `BadgeDefinition`, without its organisation; in use from the start."""
        return {
            "slug": self.slug,
            "icon": self.icon,
            "category": self.category.value,
            "criteria": {"version": 1, **self.criteria},
            "repeats": self.repeats.value,
            "is_active": True,
            **self.name.columns("name"),
            **self.description.columns("description"),
            **self.alt_text.columns("alt_text"),
        }


def _at_least(metric: str, value: int) -> dict[str, Any]:
    return {"type": "threshold", "metric": metric, "value": value}


def _in_a_row(unit: str, length: int) -> dict[str, Any]:
    return {"type": "streak", "unit": unit, "length": length}


STARTER_SET = (
    Starter(
        "first-activity",
        "first-stone",
        Category.MILESTONE,
        _at_least("activities", 1),
        Words("Første stein", "Første stein", "First stone"),
        Words(
            "Du har gjort din første aktivitet som likeperson.",
            "Du har gjort den første aktiviteten din som likeperson.",
            "You have done your first activity as a peer mentor.",
        ),
        Words("En stein på bakken i sola.", "Ein stein på bakken i sola.", "A stone on the ground in the sun."),
    ),
    Starter(
        "ten-activities",
        "small-cairn",
        Category.MILESTONE,
        _at_least("activities", 10),
        Words("Liten varde", "Liten varde", "Small cairn"),
        Words("Ti aktiviteter er gjort.", "Ti aktivitetar er gjorde.", "Ten activities are done."),
        Words("En varde av tre steiner.", "Ein varde av tre steinar.", "A cairn of three stones."),
    ),
    Starter(
        "fifty-activities",
        "tall-cairn",
        Category.MILESTONE,
        _at_least("activities", 50),
        Words("Høy varde", "Høg varde", "Tall cairn"),
        Words("Femti aktiviteter er gjort.", "Femti aktivitetar er gjorde.", "Fifty activities are done."),
        Words(
            "En høy varde av fem steiner, den øverste i gult.",
            "Ein høg varde av fem steinar, den øvste i gult.",
            "A tall cairn of five stones, the topmost in yellow.",
        ),
    ),
    Starter(
        "hundred-activities",
        "ridge",
        Category.MILESTONE,
        _at_least("activities", 100),
        Words("Over åsen", "Over åsen", "Over the ridge"),
        Words("Hundre aktiviteter er gjort.", "Hundre aktivitetar er gjorde.", "A hundred activities are done."),
        Words(
            "Fjell under sola, med en varde ved stien.",
            "Fjell under sola, med ein varde ved stien.",
            "Mountains under the sun, with a cairn beside the path.",
        ),
    ),
    Starter(
        "activities-250",
        "summit",
        Category.MILESTONE,
        _at_least("activities", 250),
        Words("På toppen", "På toppen", "On the summit"),
        Words(
            "To hundre og femti aktiviteter er gjort.",
            "To hundre og femti aktivitetar er gjorde.",
            "Two hundred and fifty activities are done.",
        ),
        Words(
            "Et snødekt fjell med et flagg på toppen.",
            "Eit snødekt fjell med eit flagg på toppen.",
            "A snow-capped mountain with a flag on its summit.",
        ),
    ),
    Starter(
        "first-contact",
        "bridge",
        Category.PEOPLE,
        _at_least("contacts", 1),
        Words("Broen", "Brua", "The bridge"),
        Words(
            "Du har nådd fram til et annet menneske.",
            "Du har nådd fram til eit anna menneske.",
            "You have reached another person.",
        ),
        Words(
            "En bro over vann, og to lys over den.",
            "Ei bru over vatn, og to lys over henne.",
            "A bridge over water, and two lights above it.",
        ),
    ),
    Starter(
        "ten-contacts",
        "windows",
        Category.PEOPLE,
        _at_least("contacts", 10),
        Words("Lys i vinduene", "Lys i vindauga", "Light in the windows"),
        Words(
            "Du har nådd fram til ti ulike mennesker.",
            "Du har nådd fram til ti ulike menneske.",
            "You have reached ten different people.",
        ),
        Words(
            "Tre hus med lys i vinduene.", "Tre hus med lys i vindauga.", "Three houses with light in their windows."
        ),
    ),
    Starter(
        "third-assignment",
        "three-paths",
        Category.MENTORING,
        _at_least("assignments", 3),
        Words("Tre veier", "Tre vegar", "Three paths"),
        Words(
            "Du har fulgt tre personer på veien.",
            "Du har følgt tre personar på vegen.",
            "You have walked with three people.",
        ),
        Words(
            "En vei som deler seg i tre, med et lys ved enden av hver.",
            "Ein veg som deler seg i tre, med eit lys ved enden av kvar.",
            "A path that parts into three, with a light at the end of each.",
        ),
    ),
    Starter(
        "four-weeks",
        "footprints",
        Category.ENDURANCE,
        _in_a_row("week", 4),
        Words("Skritt for skritt", "Steg for steg", "Step by step"),
        Words(
            "Fire uker på rad har du gjort noe for noen.",
            "Fire veker på rad har du gjort noko for nokon.",
            "Four weeks in a row you have been there for somebody.",
        ),
        Words("Fire fotspor oppover en sti.", "Fire fotspor oppover ein sti.", "Four footprints up a path."),
    ),
    Starter(
        "six-months",
        "moons",
        Category.ENDURANCE,
        _in_a_row("month", 6),
        Words("Seks måner", "Seks månar", "Six moons"),
        Words(
            "Seks måneder på rad har du gjort noe for noen.",
            "Seks månader på rad har du gjort noko for nokon.",
            "Six months in a row you have been there for somebody.",
        ),
        Words(
            "Seks måner i en bue over en varde, den siste full.",
            "Seks månar i ein boge over ein varde, den siste full.",
            "Six moons in an arc above a cairn, the last one full.",
        ),
    ),
    Starter(
        "hundred-hours",
        "sunrise",
        Category.ENDURANCE,
        _at_least("minutes", 6000),
        Words("Hundre timer", "Hundre timar", "A hundred hours"),
        Words(
            "Du har gitt hundre timer av tiden din.",
            "Du har gitt hundre timar av tida di.",
            "You have given a hundred hours of your time.",
        ),
        Words(
            "Sola som står opp, med visere som på en klokke.",
            "Sola som står opp, med visarar som på ei klokke.",
            "The rising sun, with the hands of a clock.",
        ),
    ),
    Starter(
        "first-event",
        "campfire",
        Category.COMMUNITY,
        _at_least("events", 1),
        Words("Ved bålet", "Ved bålet", "By the fire"),
        Words(
            "Du har vært med på ditt første arrangement.",
            "Du har vore med på ditt første arrangement.",
            "You have taken part in your first event.",
        ),
        Words("Et bål som brenner.", "Eit bål som brenn.", "A burning campfire."),
    ),
    Starter(
        "ten-events",
        "stone-circle",
        Category.COMMUNITY,
        _at_least("events", 10),
        Words("Ringen", "Ringen", "The circle"),
        Words(
            "Du har vært med på ti arrangementer.",
            "Du har vore med på ti arrangement.",
            "You have taken part in ten events.",
        ),
        Words(
            "Ti steiner i en ring rundt et bål.",
            "Ti steinar i ein ring rundt eit bål.",
            "Ten stones in a circle around a fire.",
        ),
    ),
    Starter(
        "first-training",
        "open-book",
        Category.LEARNING,
        {"type": "training_completion", "count": 1},
        Words("Godt forberedt", "Godt førebudd", "Well prepared"),
        Words(
            "Du har fullført din første opplæring.",
            "Du har fullført den første opplæringa di.",
            "You have completed your first training.",
        ),
        Words("En åpen bok under sola.", "Ei open bok under sola.", "An open book under the sun."),
    ),
    Starter(
        "active-year",
        "year-tree",
        Category.ENDURANCE,
        _at_least("activities", 20),
        Words("Året rundt", "Året rundt", "All year round"),
        Words(
            "Tjue aktiviteter i løpet av ett år. Det kan fortjenes på nytt hvert år.",
            "Tjue aktivitetar i løpet av eitt år. Det kan tenast på nytt kvart år.",
            "Twenty activities within a year. It can be earned anew each year.",
        ),
        Words(
            "Et tre i fargene til årstidene.",
            "Eit tre i fargane til årstidene.",
            "A tree in the colours of the seasons.",
        ),
        Repeats.YEARLY,
    ),
    Starter(
        "gold-tier",
        "golden-cairn",
        Category.MILESTONE,
        {"type": "tier", "tier": "gold"},
        Words("Gullvarden", "Gullvarden", "The golden cairn"),
        Words(
            "Du har nådd gullnivået i foreningen din.",
            "Du har nådd gullnivået i foreininga di.",
            "You have reached your association's gold tier.",
        ),
        Words(
            "En varde av gull med en stjerne på toppen.",
            "Ein varde av gull med ei stjerne på toppen.",
            "A cairn of gold with a star on top.",
        ),
    ),
)
