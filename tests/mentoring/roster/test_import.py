"""What an import writes, refuses and leaves alone."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from accounts.enums import MentorStatus, PausedBy, PauseReason, Role
from accounts.models import ChangeEntry, LocalAssociation, Membership, MentorProfile, User
from mentoring.enums import AssignmentStatus, Duplicate, Source
from mentoring.models import Activity, Assignment, Contact
from mentoring.roster import Outcome, Row, UnreadableFile, read_table, register
from mentoring.roster.kinds import kinds
from tests.factories import MembershipFactory, MentorProfileFactory, OrganizationFactory, UserFactory
from tests.mentoring.roster.samples import ACTIVITIES, CONTACTS, MENTORS, PLACES, WHOLE, counts, import_files, refusals

pytestmark = pytest.mark.django_db


def changed(text, old, new):
    """The text with one change, which is really there."""
    assert text.count(old) >= 1
    return text.replace(old, new, 1)


@pytest.fixture
def empty(db):
    return OrganizationFactory(slug="empty")


@pytest.fixture
def imported(empty):
    import_files(empty, WHOLE)
    return empty


# --- What comes in ----------------------------------------------------------------------------------------------------


def test_a_roster_brings_the_tree_the_people_the_pairs_and_their_history(empty):
    report = import_files(empty, WHOLE)

    assert refusals(report) == []
    assert counts(report) == {
        "local_associations": (2, 0, 0, 0),
        "mentors": (2, 0, 0, 0),
        "contacts": (2, 0, 0, 0),
        "activities": (5, 0, 0, 0),
    }
    bergen = LocalAssociation.objects.get(organization=empty, name="Bergen")
    assert [bergen.parent.name, bergen.parent.parent.name] == ["Vest", "Hovedforbundet"]
    mentor = MentorProfile.objects.get(organization=empty, member_number="M1")
    user = mentor.user
    assert (user.email, user.last_name, user.phone) == ("hakon@example.org", "Ås", "+4791780534")
    assert (mentor.started_on, list(mentor.local_associations.all())) == (date(2024, 3, 20), [bergen])
    assert Membership.objects.filter(user=user, organization=empty, role=Role.PEER_MENTOR).exists()


def test_the_contact_date_is_the_latest_contact_that_was_reached(imported):
    assignment = Assignment.objects.get(contact__number="K1")
    assert assignment.last_contact_date == datetime(2025, 5, 3, 8, 45, tzinfo=UTC)
    assert assignment.status == AssignmentStatus.ACTIVE


def test_the_history_of_an_ended_pair_belongs_to_it(imported):
    assignment = Assignment.objects.get(contact__number="K2")
    assert assignment.status == AssignmentStatus.COMPLETED
    assert assignment.last_contact_date == datetime(2024, 12, 27, 15, 15, tzinfo=UTC)


def test_lengths_notes_and_events_arrive_as_they_were_meant(imported):
    rows = Activity.objects.filter(organization=imported).order_by("occurred_at")
    assert [(row.minutes, row.reached, row.event) for row in rows] == [
        (90, True, False),
        (30, True, False),
        (120, True, True),
        (90, True, False),
        (20, False, False),
    ]
    assert rows[0].summary == "Avtalt nytt møte\nneste uke"
    assert rows[3].summary == 'Sa "takk for hjelpen"'
    assert {row.source for row in rows} == {Source.IMPORT}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_any_encoding_and_separator_give_the_same(empty, encoding, separator):
    files = {}
    for name, text in WHOLE.items():
        text = text.replace("1,5 t", "90 min").replace(";", separator)
        files[name] = text.encode(encoding)
    report = import_files(empty, files)
    assert refusals(report) == []
    assert Contact.objects.get(organization=empty, number="K1").first_name == "Sølvi"


def test_dates_and_column_names_of_another_system_are_understood(empty):
    contacts = (
        "Contact number,First name,Last name,Mentor,Start date,Status\n"
        "K1,Sølvi,Lunde,M1,06/30/2024,active\nK2,Hans,Amundsen,M2,2024-09-23,completed\n"
    )
    activities = "Date,Mentor,Contact,Activity type,Duration\n2024-10-01T18:30:00,M1,K1,Home visit,90\n"
    report = import_files(
        empty, {"a.csv": PLACES, "b.csv": MENTORS, "c.csv": contacts.encode(), "d.csv": activities.encode()}
    )
    assert refusals(report) == []
    assert Assignment.objects.get(contact__number="K1").start_date == date(2024, 6, 30)
    assert Assignment.objects.get(contact__number="K1").last_contact_date == datetime(2024, 10, 1, 16, 30, tzinfo=UTC)
    assert Contact.objects.get(number="K1").local_association.name == "Bergen"


# --- Twice ------------------------------------------------------------------------------------------------------------


def test_a_second_import_leaves_everything_unchanged(imported):
    before = ChangeEntry.objects.count()
    report = import_files(imported, WHOLE)
    assert counts(report) == {
        "local_associations": (0, 0, 2, 0),
        "mentors": (0, 0, 2, 0),
        "contacts": (0, 0, 2, 0),
        "activities": (0, 0, 5, 0),
    }
    assert ChangeEntry.objects.count() == before


def test_a_dry_run_changes_nothing_and_says_the_same_as_the_import(empty):
    files = WHOLE | {"aktiviteter.csv": ACTIVITIES + ACTIVITIES.split("\n", 1)[1] + "31.02.2025;;M1;;Gruppemøte;60;;\n"}
    foretold = import_files(empty, files, dry_run=True)
    models = (LocalAssociation, MentorProfile, Contact, Assignment, Activity, User, ChangeEntry)
    assert [model.objects.count() for model in models] == [0] * len(models)

    done = import_files(empty, files)
    assert foretold.as_data() == done.as_data()
    assert import_files(empty, files, dry_run=True).as_data() == import_files(empty, files).as_data()


def test_a_row_twice_in_the_file_is_kept_suspected_and_does_not_count(empty):
    line = "03.05.2025;10:45;M1;K1;Telefonsamtale;90;Ja;igjen\n"
    files = WHOLE | {"aktiviteter.csv": ACTIVITIES + line}
    for expected in ((5, 0), (0, 5)):
        tally = import_files(empty, files).tally("activities")
        assert (tally.created, tally.unchanged, tally.suspected_duplicates) == (*expected, 1)
    assert Activity.objects.suspected().count() == 1
    assert Activity.objects.countable().count() == 5


def test_what_a_later_file_corrects_is_corrected(imported):
    files = {
        "likepersoner.csv": changed(MENTORS, "+47 917 80 534", "+47 900 00 000"),
        "kontakter.csv": changed(CONTACTS, "01.06.2024;Aktiv", "01.06.2024;Avsluttet"),
        "aktiviteter.csv": changed(ACTIVITIES, "Telefonsamtale;90;Ja", "Telefonsamtale;90;Nei"),
    }
    foretold = import_files(imported, files, dry_run=True)
    report = import_files(imported, files)
    assert foretold.as_data() == report.as_data()
    assert {key: count[1] for key, count in counts(report).items() if count[1]} == {
        "mentors": 1,
        "contacts": 1,
        "activities": 1,
    }
    assignment = Assignment.objects.get(contact__number="K1")
    assert assignment.status == AssignmentStatus.COMPLETED
    assert assignment.last_contact_date == datetime(2024, 10, 1, 16, 30, tzinfo=UTC)
    assert User.objects.get(email="hakon@example.org").phone == "+4790000000"


def test_a_mentor_moves_with_the_file_and_a_blank_cell_wipes_nothing_out(imported):
    moved = changed(MENTORS, "+47 917 80 534;Bergen", ";Hamar")
    assert counts(import_files(imported, {"likepersoner.csv": moved}))["mentors"] == (0, 1, 1, 0)
    mentor = MentorProfile.objects.get(member_number="M1")
    assert [each.name for each in mentor.local_associations.all()] == ["Hamar"]
    assert mentor.user.phone == "+4791780534"


def test_what_people_did_in_varde_is_not_undone_by_an_old_file(imported, now):
    from mentoring import services

    assignment = Assignment.objects.get(contact__number="K1")
    services.change_status(assignment=assignment, status=AssignmentStatus.CANCELLED, by=None, at=now)
    deleted = Activity.objects.get(summary__startswith="Avtalt")
    services.delete_activity(activity=deleted, by=None, at=now)

    report = import_files(imported, WHOLE)

    assert counts(report)["contacts"] == (0, 0, 2, 0)
    assert counts(report)["activities"] == (0, 0, 5, 0)
    assert Assignment.objects.get(contact__number="K1").status == AssignmentStatus.CANCELLED
    assert Activity.objects.present().count() == 4


def test_a_contact_with_another_mentor_is_left_to_a_handover(imported):
    report = import_files(imported, {"kontakter.csv": changed(CONTACTS, "Bergen;M1", "Bergen;M2")})
    assert refusals(report) == [("kontakter.csv", 2, "Likeperson", "other_mentor")]


# --- What is refused --------------------------------------------------------------------------------------------------

PLACE_FAULTS = [(";Vest;Hovedforbundet\n", "Lokallag", "no_name"), ("x" * 201 + ";;\n", "Lokallag", "too_long")]
MENTOR_FAULTS = [
    (";Uten;Nummer;u@example.org;;Bergen;;nb;\n", "Medlemsnr", "no_member_number"),
    ("M1;Samme;Nummer;u@example.org;;Bergen;;nb;\n", "Medlemsnr", "number_used_twice"),
    ("M9;Uten;Epost;;;Bergen;;nb;\n", "E-post", "no_email"),
    ("M9;Dum;Epost;ikke epost;;Bergen;;nb;\n", "E-post", "bad_email"),
    ("M9;Dobbel;Rad;Aicha@example.org;;Bergen;;nb;\n", "E-post", "email_used_twice"),
    ("M9;Feil;Dato;u@example.org;;Bergen;;nb;31.02.2024\n", "Startdato", "no_such_date"),
    ("M9;Ukjent;Lag;u@example.org;;Atlantis;;nb;\n", "Lokallag", "unknown_local_association"),
    ("M9;Feil;Rolle;u@example.org;;Bergen;Koordinator;nb;\n", "Rolle", "unknown_role"),
    ("M9;Feil;Språk;u@example.org;;Bergen;;klingon;\n", "Språk", "unknown_language"),
    ("M9;Feil;Telefon;u@example.org;se notat;Bergen;;nb;\n", "Mobil", "bad_phone"),
    ("M9;;Bare fornavn;u@example.org;;Bergen;;nb;\n", "Etternavn", "no_name"),
    (f"M9;{'x' * 101};Langt;u@example.org;;Bergen;;nb;\n", "Etternavn", "too_long"),
    ("M9;Nu\x00l;Tegn;u@example.org;;Bergen;;nb;\n", "Etternavn", "forbidden_character"),
    ('M9;"Åpen;Sitat;u@example.org;;Bergen;;nb;\n', "", "bad_quotes"),
    ("M9;For;Mange;u@example.org;;Bergen;;nb;01.01.2024;;ekstra\n", "", "too_many_cells"),
]
CONTACT_FAULTS = [
    (";Uten;Nummer;;Bergen;M1;02.02.2024;Aktiv\n", "Kontaktnr", "no_number"),
    ("K1;Samme;Nummer;;Bergen;M1;02.02.2024;Aktiv\n", "Kontaktnr", "number_used_twice"),
    ("K9;;;;Bergen;M1;02.02.2024;Aktiv\n", "Fornavn", "no_name"),
    ("K9;Ukjent;Likeperson;;Bergen;M7;02.02.2024;Aktiv\n", "Likeperson", "unknown_mentor"),
    ("K9;Feil;Status;;Bergen;M1;02.02.2024;Kanskje\n", "Status", "unknown_status"),
    ("K9;Feil;Dato;;Bergen;M1;;Aktiv\n", "Oppstart", "no_such_date"),
    ("K9;Gammel;Dato;;Bergen;M1;01.01.1815;Aktiv\n", "Oppstart", "start_date_out_of_range"),
    ("K9;Ukjent;Lag;;Atlantis;M1;02.02.2024;Aktiv\n", "Lokallag", "unknown_local_association"),
]
ACTIVITY_FAULTS = [
    ("31.02.2025;10:00;M1;;Gruppemøte;60;Ja;\n", "Dato", "no_such_date"),
    ("01.01.2031;10:00;M1;;Gruppemøte;60;Ja;\n", "Dato", "in_the_future"),
    ("31.12.9999;23:59;M1;;Gruppemøte;60;Ja;\n", "Dato", "in_the_future"),
    ("05.05.1975;10:00;M1;;Gruppemøte;60;Ja;\n", "Dato", "too_long_ago"),
    ("05.05.2025;25:00;M1;;Gruppemøte;60;Ja;\n", "Klokkeslett", "no_such_time"),
    ("05.05.2025;10:00;M1;;Gruppemøte;en time;Ja;\n", "Varighet", "bad_duration"),
    ("05.05.2025;10:00;M1;;Gruppemøte;-30;Ja;\n", "Varighet", "bad_duration"),
    ("05.05.2025;10:00;M1;;Kaffe;60;Ja;\n", "Type", "unknown_type"),
    ("05.05.2025;10:00;M1;;Hjemmebesøk;60;Ja;\n", "Kontakt", "contact_required"),
    ("05.05.2025;10:00;M1;K7;Hjemmebesøk;60;Ja;\n", "Kontakt", "unknown_contact"),
    ("05.05.2025;10:00;M7;;Gruppemøte;60;Ja;\n", "Likeperson", "unknown_mentor"),
    ("05.05.2025;10:00;M1;;Gruppemøte;60;Kanskje;\n", "Oppnådd", "not_yes_or_no"),
    (f"05.05.2025;10:00;M1;;Gruppemøte;60;Ja;{'x' * 4001}\n", "Notat", "too_long"),
]
FAULTS = [
    *(("lokallag.csv", *fault) for fault in PLACE_FAULTS),
    *(("likepersoner.csv", *fault) for fault in MENTOR_FAULTS),
    *(("kontakter.csv", *fault) for fault in CONTACT_FAULTS),
    *(("aktiviteter.csv", *fault) for fault in ACTIVITY_FAULTS),
]


@pytest.mark.parametrize(
    ("file", "row", "column", "code"), FAULTS, ids=[f"{f[0]}-{f[3]}-{n}" for n, f in enumerate(FAULTS)]
)
def test_a_bad_row_is_refused_by_line_and_column_and_stops_nothing(empty, file, row, column, code):
    head, rest = WHOLE[file].split("\n", 1)
    # In the middle, so that what follows it shows that reading goes on; numbers used twice need the first one above.
    files = WHOLE | {file: f"{head}\n{rest}{row}{rest}" if "twice" in code else f"{head}\n{row}{rest}"}
    line = 2 + rest.count("\n") if "twice" in code else 2

    report = import_files(empty, files, dry_run=True)
    assert refusals(report)[0] == (file, line, column, code)
    assert report.refused[0].message

    done = import_files(empty, files)
    assert done.as_data() == report.as_data()
    assert Activity.objects.countable().count() == 5


def test_two_rows_with_one_number_are_not_merged(empty):
    files = WHOLE | {"kontakter.csv": CONTACTS + "K1;Samme;Nummer;;Bergen;M1;02.02.2024;Aktiv\n"}
    import_files(empty, files)
    assert Contact.objects.get(number="K1").first_name == "Sølvi"


def test_a_paused_mentor_is_given_nobody(imported, now):
    mentor = MentorProfile.objects.get(member_number="M1")
    MentorProfile.objects.filter(pk=mentor.pk).update(
        status=MentorStatus.PAUSED,
        paused_by=PausedBy.COORDINATOR,
        pause_reason=PauseReason.OTHER,
        paused_at=now,
        is_listed=False,
    )
    row = "K3;Ny;Kontakt;;Bergen;M1;02.02.2024;Aktiv\n"
    for dry_run in (True, False):
        report = import_files(imported, {"kontakter.csv": CONTACTS + row}, dry_run=dry_run)
        assert refusals(report) == [("kontakter.csv", 4, "Likeperson", "mentor_not_active")]
    assert not Contact.objects.filter(number="K3").exists()


def test_cells_that_a_spreadsheet_would_run_are_kept_as_text(empty):
    files = WHOLE | {"kontakter.csv": changed(CONTACTS, "Sølvi", "=HYPERLINK(1)")}
    import_files(empty, files)
    assert Contact.objects.get(number="K1").first_name == "=HYPERLINK(1)"


# --- People of others -------------------------------------------------------------------------------------------------


def test_a_file_never_changes_the_address_somebody_logs_in_with(imported):
    report = import_files(imported, {"likepersoner.csv": changed(MENTORS, "HAKON@EXAMPLE.ORG", "thief@example.org")})
    assert refusals(report) == [("likepersoner.csv", 2, "E-post", "email_differs")]
    assert User.objects.filter(email="hakon@example.org").exists()


def test_a_person_of_another_organisation_becomes_a_mentor_and_keeps_their_name(empty, foreign):
    User.objects.filter(pk=foreign.user.pk).update(email="hakon@example.org", first_name="Own", phone="+4711111111")
    for _time in range(2):
        report = import_files(empty, WHOLE)
        assert refusals(report) == []
    user = User.objects.get(email="hakon@example.org")
    assert (user.first_name, user.phone) == ("Own", "+4711111111")
    assert MentorProfile.objects.get(organization=empty, user=user).member_number == "M1"


def test_numbers_of_another_organisation_are_not_found(empty, imported, foreign):
    MentorProfile.objects.filter(pk=foreign.mentor.pk).update(member_number="M77")
    row = "05.05.2025;10:00;M77;;Gruppemøte;60;Ja;\n"
    report = import_files(imported, {"aktiviteter.csv": ACTIVITIES + row})
    assert [refused.code for refused in report.refused] == ["unknown_mentor"]


def test_a_mentor_without_a_number_is_recognised_by_their_address(empty):
    known = MentorProfileFactory(organization=empty, user__email="hakon@example.org")
    report = import_files(empty, WHOLE)
    assert counts(report)["mentors"] == (1, 1, 0, 0)
    assert MentorProfile.objects.get(member_number="M1").pk == known.pk


def test_another_mentors_address_is_refused(empty):
    MentorProfileFactory(organization=empty, user__email="hakon@example.org", member_number="M55")
    for dry_run in (True, False):
        report = import_files(empty, {"lokallag.csv": PLACES, "likepersoner.csv": MENTORS}, dry_run=dry_run)
        assert refusals(report) == [("likepersoner.csv", 2, "E-post", "email_in_use")]


# --- Who looks after them ---------------------------------------------------------------------------------------------


def test_the_coordinator_nearest_above_looks_after_a_new_pair(organization, national, coordinator, org_admin):
    head = UserFactory(email="head@example.org")
    membership = MembershipFactory(organization=organization, user=head, role=Role.COORDINATOR)
    membership.areas.create(organization=organization, local_association=national)
    places = "Lokallag;Region;Landsforening\nHome;Region;National\nBergen;Region;National\nHamar;Øst;National\n"
    contacts = changed(CONTACTS, "Bergen;M1", "Home;M1")

    import_files(organization, WHOLE | {"lokallag.csv": places, "kontakter.csv": contacts})

    assert Assignment.objects.get(contact__number="K1").coordinator == coordinator
    assert Assignment.objects.get(contact__number="K2").coordinator == head


def test_without_any_coordinator_an_administrator_looks_after_it_and_the_report_says_so(empty):
    admin = UserFactory(email="admin2@example.org")
    MembershipFactory(organization=empty, user=admin, role=Role.ORG_ADMIN)
    report = import_files(empty, WHOLE)
    assert Assignment.objects.get(contact__number="K1").coordinator == admin
    assert len(report.notes) == 1
    assert "admin2@example.org" in report.notes[0]


def test_the_named_coordinator_is_made_and_cares_for_everything(empty):
    import_files(empty, WHOLE, coordinator_email="Kari@example.org")
    kari = User.objects.get(email="kari@example.org")
    assert set(Assignment.objects.values_list("coordinator_id", flat=True)) == {kari.pk}
    assert Assignment.objects.visible_to(kari).count() == 2
    assert not kari.has_usable_password()


def test_with_nobody_at_all_a_stand_in_is_made_so_that_nothing_is_left_without(imported):
    coordinators = {each.coordinator.email for each in Assignment.objects.select_related("coordinator")}
    assert coordinators == {"koordinator@empty.invalid"}


def test_the_files_national_association_is_the_one_that_is_there(organization, local_association):
    import_files(organization, WHOLE)
    tops = LocalAssociation.objects.filter(organization=organization, parent=None)
    assert [top.name for top in tops] == ["National"]


def test_a_coordinator_of_the_whole_tree_may_bring_in_what_they_then_see(organization, national):
    head = UserFactory(email="head@example.org")
    membership = MembershipFactory(organization=organization, user=head, role=Role.COORDINATOR)
    membership.areas.create(organization=organization, local_association=national)

    report = import_files(organization, WHOLE, by=head)

    assert refusals(report) == []
    assert Assignment.objects.visible_to(User.objects.get(pk=head.pk)).count() == 2
    assert set(Activity.objects.values_list("recorded_by_id", flat=True)) == {head.pk}


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("lokallag.csv", "", "empty_file"),
        ("kontakter.csv", "Kontaktnr;Fornavn\nK1;Sølvi\n", "missing_columns"),
        ("budsjett.csv", "Konto;Beløp\n1;2\n", "unknown_file"),
        ("budsjett.csv", "x" * 1_000_000, "unknown_file"),
        ("likepersoner.xlsx", b"PK\x03\x04", "not_text"),
        ("bilde.csv", bytes(range(256)) * 100, "unknown_file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(name, content, code):
    with pytest.raises(UnreadableFile) as refused:
        read_table(name, content if isinstance(content, bytes) else content.encode())
    assert refused.value.code == code
    assert refused.value.message


def test_a_message_about_missing_columns_names_them():
    with pytest.raises(UnreadableFile) as refused:
        read_table("kontakter.csv", b"Kontaktnr;Fornavn;Likeperson\n")
    assert "Oppstart" in refused.value.message


@pytest.fixture
def as_if_from_above():
    """Registers the kind of activities with another importer, as an app above mentoring brings its own kinds."""
    before = next(kind for kind in kinds() if kind.key == "activities")
    yield lambda importer: register(replace(before, importer=importer))
    register(before)


def test_files_that_no_app_takes_are_counted_as_skipped(imported, as_if_from_above):
    as_if_from_above(None)
    report = import_files(imported, {"aktiviteter.csv": ACTIVITIES})
    assert report.as_data()["activities"] == {
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "refused": [],
        "suspected_duplicates": 0,
        "skipped": 5,
    }


def test_an_app_above_brings_the_importer_of_its_own_files(imported, as_if_from_above):
    seen = []

    def take(run, tables):
        def act(row: Row) -> Outcome:
            seen.append(row["minutes"])
            return Outcome.CREATED

        run.each([row for table in tables for row in table.rows], run.report.tally("activities"), act)

    as_if_from_above(take)
    report = import_files(imported, {"s.csv": "Dato;Likeperson;Type;Varighet\n01.01.2024;M1;Gruppemøte;90\n"})
    assert (seen, report.tally("activities").created) == (["90"], 1)


def test_suspected_ones_that_a_person_has_decided_about_are_unchanged(empty, now):
    from mentoring import services

    line = "03.05.2025;10:45;M1;K1;Telefonsamtale;90;Ja;igjen\n"
    files = WHOLE | {"aktiviteter.csv": ACTIVITIES + line}
    import_files(empty, files)
    by = UserFactory()
    services.resolve_duplicate(activity=Activity.objects.suspected().get(), is_duplicate=True, by=by, at=now)
    tally = import_files(empty, files).tally("activities")
    assert (tally.unchanged, tally.suspected_duplicates) == (6, 0)
    assert Activity.objects.filter(duplicate=Duplicate.DUPLICATE).count() == 1
