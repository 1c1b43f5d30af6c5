"""The people of the demo: an invented association, its three local associations and everybody in them."""

from __future__ import annotations

from typing import NamedTuple

SLUG = "demo"
NAME = "Norsk Muskel- og Leddforbund"
REGION = "Vestland fylkeslag"
PLACES = ("Bergen og omland", "Voss", "Sunnfjord")
PASSWORD = "tre-steiner-paa-fjellet"  # noqa: S105 the demo's, printed on purpose and refused on a real server


class LogIn(NamedTuple):
    """Somebody to sign in as."""

    email: str
    first_name: str
    last_name: str
    what: str


PLATFORM = LogIn("drift@example.org", "Drift", "Varde", "platform staff")
ADMIN = LogIn("marit.eide@example.org", "Marit", "Eide", "administrator of the association")
HEAD = LogIn("ingrid.solheim@example.org", "Ingrid", "Solheim", "coordinator of the whole association")
LOCAL = LogIn("per.arne.nesse@example.org", "Per Arne", "Nesse", "coordinator of Sunnfjord")


class DemoMentor(NamedTuple):
    """A mentor: first name, last name, which of `PLACES`, language."""

    first_name: str
    last_name: str
    place: int
    language: str = "nb"

    @property
    def email(self) -> str:
        plain = f"{self.first_name}.{self.last_name}".lower().translate(str.maketrans("æøåé ", "aoae."))
        return f"{plain}@example.org"


MENTORS = [
    DemoMentor("Anne", "Haugland", 0),
    DemoMentor("Bjørn", "Mjelde", 0),
    DemoMentor("Cecilie", "Våge", 0),
    DemoMentor("Dagfinn", "Sæterdal", 0),
    DemoMentor("Elin", "Fosse", 0),
    DemoMentor("Frode", "Rongved", 0),
    DemoMentor("Gunn", "Askeland", 0),
    DemoMentor("Halvard", "Tveit", 0),
    DemoMentor("Inger Lise", "Sandvik", 0),
    DemoMentor("Jostein", "Kvamme", 0),
    DemoMentor("Kjersti", "Nordås", 0),
    DemoMentor("Leif", "Arnesen", 0),
    DemoMentor("Mona", "Lekve", 1, "nn"),
    DemoMentor("Nils", "Gjerde", 1, "nn"),
    DemoMentor("Oddny", "Mølster", 1, "nn"),
    DemoMentor("Pål", "Skjelde", 1),
    DemoMentor("Ragnhild", "Bø", 1, "nn"),
    DemoMentor("Svein", "Ringheim", 1),
    DemoMentor("Torill", "Førde", 2, "nn"),
    DemoMentor("Unni", "Hafstad", 2),
    DemoMentor("Vidar", "Osland", 2, "nn"),
    DemoMentor("Åse", "Myklebust", 2, "nn"),
    DemoMentor("Øyvind", "Grimset", 2),
    DemoMentor("Synnøve", "Kleppe", 2, "nn"),
    DemoMentor("Magnus", "Yndestad", 2),
]

FIRST_NAMES = [
    "Aud",
    "Berit",
    "Camilla",
    "Daniel",
    "Eirik",
    "Fredrik",
    "Gerd",
    "Hanne",
    "Ivar",
    "Johanne",
    "Kåre",
    "Lillian",
    "Mathias",
    "Norunn",
    "Ola",
    "Petra",
    "Reidun",
    "Sigrid",
    "Terje",
    "Vigdis",
    "Aslaug",
    "Børge",
    "Edel",
    "Finn",
    "Grete",
    "Hassan",
    "Irene",
    "Jarle",
    "Kristoffer",
    "Line",
    "Maryam",
    "Nina",
    "Oskar",
    "Ragnar",
    "Solveig",
    "Tuva",
    "Yngve",
    "Åshild",
    "Ørjan",
    "Amalie",
]
LAST_NAMES = [
    "Aarestad",
    "Birkeland",
    "Dale",
    "Eikeland",
    "Fjellheim",
    "Gjertsen",
    "Helland",
    "Indrebø",
    "Johannessen",
    "Knutsen",
    "Lunde",
    "Midtun",
    "Nygård",
    "Opheim",
    "Rasmussen",
    "Steine",
    "Thorsen",
    "Ulvik",
    "Valen",
    "Wiik",
    "Ytrehus",
    "Øvrebø",
    "Ahmed",
    "Bakke",
    "Drange",
]

NOTES = {
    "home_visit": (
        "Kaffe og en god prat hjemme. Formen er bedre enn sist.",
        "Gikk en liten tur sammen etter behandlingen.",
        "Snakket om overgangen fra full jobb til halv stilling.",
        "Så på søknaden om hjelpemidler sammen.",
        "Hun er sliten, men gledet seg over besøket.",
        "Barna var hjemme. Vi snakket om hvordan de har det.",
        "",
    ),
    "phone_call": (
        "Kort telefon om timen på sykehuset.",
        "Ønsker mer informasjon om rettigheter. Følger opp neste uke.",
        "Snakket om smerter om natten og hva som hjalp meg.",
        "Alt går greit. Avtalte besøk.",
        "Litt tung periode nå, ringer igjen på fredag.",
        "",
    ),
    "digital_meeting": (
        "Videosamtale. Viste øvelsene fra mestringskurset.",
        "Digital kaffe. Gode spørsmål om medisiner, viste videre til legen.",
        "",
    ),
    "group_meeting": (
        "Kafétreff på biblioteket.",
        "Temakveld om trening i varmtvann.",
        "Turgruppa gikk rundt vannet.",
        "Likepersonstreff med erfaringsdeling.",
    ),
    "administration": ("Rapport og reiseregning.", "Planla høstens treff.", "Møte med koordinator."),
}
TRIED = ("Fikk ikke svar, prøver igjen.", "Måtte utsette på grunn av dårlig form.", "La igjen en beskjed.")
