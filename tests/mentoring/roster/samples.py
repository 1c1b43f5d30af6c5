"""Small rosters, written as member systems write them."""

from datetime import UTC, datetime
from pathlib import Path

from mentoring.roster import Report, read_table, run_import

#: The full sample that is handed out beside the checkout.
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "roster"

AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)

PLACES = "Lokallag;Region;Landsforening\nBergen;Vest;Hovedforbundet\nHamar;Øst;Hovedforbundet\n"
MENTORS = (
    "Medlemsnr;Etternavn;Fornavn;E-post;Mobil;Lokallag;Rolle;Språk;Startdato\n"
    "M1;Ås  ;Håkon;HAKON@EXAMPLE.ORG;+47 917 80 534;Bergen;Likeperson;nb;20.03.2024\n"
    "M2;Moe;Aïcha;aicha@example.org;0047993 23 695;Hamar;Likeperson;nn;22.08.2024\n"
)
CONTACTS = (
    "Kontaktnr;Fornavn;Etternavn;Telefon;Lokallag;Likeperson;Oppstart;Status\n"
    "K1;Sølvi;Lunde;461 33 343;Bergen;M1;01.06.2024;Aktiv\n"
    "K2;Hans;Amundsen;;Hamar;M2;23.09.2024;Avsluttet\n"
)
ACTIVITIES = (
    "Dato;Klokkeslett;Likeperson;Kontakt;Type;Varighet;Oppnådd;Notat\n"
    '01.10.2024;18:30;M1;K1;Hjemmebesøk;1,5 t;Ja;"Avtalt nytt møte\nneste uke"\n'
    '03.05.2025;10:45;M1;K1;Telefonsamtale;90;Ja;"Sa ""takk for hjelpen"""\n'
    "04.05.2025;10:45;M1;K1;Telefonsamtale;20 min;Nei;\n"
    "27.12.2024;16:15;M2;K2;Digitalt møte;0:30;Ja;\n"
    "28.12.2024;16:15;M2;;Gruppemøte;2:00;Ja;\n"
)
WHOLE = {
    "lokallag.csv": PLACES,
    "likepersoner.csv": MENTORS,
    "kontakter.csv": CONTACTS,
    "aktiviteter.csv": ACTIVITIES,
}


def import_files(organization, files: dict[str, str | bytes], **options) -> Report:
    """Import files given as text (then in Windows-1252) or as bytes."""
    tables = [
        read_table(name, content if isinstance(content, bytes) else content.encode("cp1252"))
        for name, content in files.items()
    ]
    options = {"by": None, "at": AT} | options
    return run_import(tables, organization=organization, **options)


def counts(report: Report) -> dict[str, tuple[int, int, int, int]]:
    """Created, updated, unchanged and refused, by kind; of mentoring's own kinds."""
    return {
        key: (tally.created, tally.updated, tally.unchanged, tally.refused_count)
        for key, tally in report.tallies.items()
        if key in ("local_associations", "mentors", "contacts", "activities")
    }


def refusals(report: Report) -> list[tuple[str, int, str, str]]:
    """File, line, column and code of the refused rows."""
    return [(row.file, row.line, row.column, row.code) for row in report.refused]
