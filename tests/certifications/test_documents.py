"""The certificate on paper: who gets it, what stands on it, and that it can be read aloud."""

from datetime import timedelta
from io import BytesIO
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import ModuleSetting, Organization, User
from certifications import services
from certifications.documents.certificate import certificate_pdf
from certifications.models import Certificate, CertificationType
from certifications.numbers import in_groups
from certifications.public.addresses import check_url

API = "/api/v1/certificates/{}/pdf"
PAGE = "/certificates/{}/pdf"


@pytest.fixture
def certificate(issue, mentor) -> Certificate:
    User.objects.filter(pk=mentor.user_id).update(first_name="Áŋŋel Øyvind", last_name="Čáhppe-Ærlig")
    made = issue(100, at=timezone.now(), number="NHF-7")
    return Certificate.objects.with_people().get(pk=made.pk)


@pytest.fixture
def as_browser(mentor) -> Client:
    client = Client()
    client.force_login(mentor.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def read(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def text_of(content: bytes) -> str:
    text = " ".join(" ".join(page.extract_text() for page in read(content).pages).split())
    return text.replace("\u200b", "")


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_document_is_tagged_and_says_what_it_is_in_each_language(certificate, language):
    CertificationType.objects.update(name="Grunnkurs", name_nn="Grunnkurset", name_en="Basic course")
    certificate = Certificate.objects.with_people().get(pk=certificate.pk)
    made = certificate_pdf(certificate, language, timezone.now())
    reader = read(made)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    course = {"nb": "Grunnkurs", "nn": "Grunnkurset", "en": "Basic course"}[language]
    assert course in reader.metadata.title
    text = text_of(made)
    for said in ("Áŋŋel Øyvind Čáhppe-Ærlig", "NHF-7", course, "North", in_groups(certificate.check_code)):
        assert said in text, text


def test_the_qr_code_has_words_for_those_who_do_not_see_it(certificate):
    root = read(certificate_pdf(certificate, "en", timezone.now())).trailer["/Root"]
    assert [text for text in _alternatives(root["/StructTreeRoot"]) if in_groups(certificate.check_code) in text] != []


def test_a_phone_reads_the_address_of_the_public_page_from_the_paper(certificate, client):
    [page] = pypdfium2.PdfDocument(certificate_pdf(certificate, "en", timezone.now()))
    paper = page.render(scale=1.5).to_pil().convert("L")  # 108 dots per inch: a phone at arm's length
    [code] = zxingcpp.read_barcodes(paper)
    assert code.text == check_url(certificate)
    assert client.get(urlsplit(code.text).path).status_code == 200


def _alternatives(node) -> list[str]:
    """The alternative texts of a structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [text for each in node for text in _alternatives(each)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (_alternatives(node["/K"]) if "/K" in node else [])


def test_one_that_has_expired_says_so(certificate):
    Certificate.objects.update(expires_at=timezone.now() - timedelta(days=2))
    stored = Certificate.objects.with_people().get()
    assert "Expired on" in text_of(certificate_pdf(stored, "en", timezone.now()))


@pytest.mark.parametrize(
    "name", ["#panic() *x* $y$ \\ @a <b> //", "王小明", "Kari 🦉", "محمد", "W" * 100, "x " * 50, "a\u202eb\u200b"]
)
def test_whatever_somebody_is_called_the_document_is_made(certificate, mentor, name):
    User.objects.update(first_name=name, last_name="")
    Organization.objects.update(name="Ø" * 200)
    made = certificate_pdf(Certificate.objects.with_people().get(), "nb", timezone.now())
    assert "/StructTreeRoot" in read(made).trailer["/Root"]
    if name.startswith("#"):
        assert name in text_of(made)


# --- Who gets it ------------------------------------------------------------------------------------------------------


def test_the_app_gets_it_for_those_who_see_the_certificate(
    certificate, as_mentor, as_coordinator, as_org_admin, as_neighbour, as_stranger, anonymous
):
    url = API.format(certificate.pk)
    for client in (as_mentor, as_coordinator, as_org_admin):
        answer = client.get(url, {"language": "nn"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"] == 'inline; filename="certificate-nn.pdf"'
        assert "no-store" in answer["Cache-Control"]
    assert [client.get(url).status_code for client in (as_neighbour, as_stranger, anonymous)] == [404, 404, 401]


def test_without_a_choice_it_is_in_the_callers_language(certificate, mentor, as_mentor):
    User.objects.filter(pk=mentor.user_id).update(language="en")
    assert read(as_mentor.get(API.format(certificate.pk)).content).trailer["/Root"]["/Lang"] == "en"
    refused = as_mentor.get(API.format(certificate.pk), {"language": "fi"})
    assert (refused.status_code, refused.json()["errors"]["language"][0]["code"]) == (400, "invalid_choice")


def test_one_that_was_revoked_is_not_handed_out(certificate, as_mentor, as_browser, org_admin):
    services.revoke_certificate(certificate=certificate, reason="Conduct", by=org_admin, at=timezone.now())
    answer = as_mentor.get(API.format(certificate.pk))
    assert (answer.status_code, answer.json()["code"]) == (409, "certificate_revoked")
    page = as_browser.get(PAGE.format(certificate.pk))
    assert page.status_code == 409
    assert "Conduct" not in page.content.decode()


def test_a_browser_that_is_signed_in_gets_it(certificate, as_browser, admin_as_coordinator, admin_as_neighbour, client):
    url = PAGE.format(certificate.pk)
    for signed_in in (as_browser, admin_as_coordinator):
        answer = signed_in.get(url)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert admin_as_neighbour.get(url).status_code == 404
    away = client.get(url)
    assert (away.status_code, away["Location"]) == (302, f"/accounts/login/?next={url}")


def test_staff_need_their_second_factor_for_it(certificate, admin_as_coordinator, settings):
    settings.REQUIRE_STAFF_MFA = True
    answer = admin_as_coordinator.get(PAGE.format(certificate.pk))
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_nobody_gets_it_where_the_module_is_off(certificate, as_mentor, as_browser):
    ModuleSetting.objects.filter(module="certification-training").update(is_enabled=False)
    assert as_mentor.get(API.format(certificate.pk)).json()["code"] == "module_disabled"
    assert as_browser.get(PAGE.format(certificate.pk)).status_code == 404
