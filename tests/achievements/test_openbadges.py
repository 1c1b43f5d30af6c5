"""Open Badges: what a credential says, that its signature holds, and that the page tells how a badge stands now."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.cache import cache
from django.core.checks import Error, Warning
from django.test import Client

from accounts.models import ModuleSetting
from achievements import services
from achievements.models import BadgeDefinition, CriteriaVersion, EarnedBadge
from achievements.openbadges import addresses, checks, credential, keys
from tests.factories import LONG_AGO, TEN_ACTIVITIES, BadgeDefinitionFactory, EarnedBadgeFactory

pytestmark = pytest.mark.django_db

REVOKED_AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def earned(organization, mentor) -> EarnedBadge:
    made = EarnedBadgeFactory(
        mentor=mentor,
        definition__organization=organization,
        definition__name="Ti turer",
        definition__name_en="Ten walks",
        definition__description="For ti aktiviteter",
        definition__icon="summit",
        definition__alt_text="Et fjell",
        note="Secret note",
    )
    CriteriaVersion.objects.create(definition=made.definition, version=1, criteria=TEN_ACTIVITIES)
    return EarnedBadge.objects.with_people().get(pk=made.pk)


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def revoke(earned, by) -> None:
    EarnedBadge.objects.filter(pk=earned.pk).update(
        revoked_at=REVOKED_AT, revoked_by=by, revocation_reason="Secret reason"
    )
    earned.refresh_from_db()


def pem(private) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def path_of(url: str) -> str:
    return urlsplit(url).path


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def published_key(client, token) -> jwt.PyJWK:
    """As a verifier finds it: by the address that stands in the header."""
    return jwt.PyJWK(client.get(path_of(jwt.get_unverified_header(token)["kid"])).json())


def verified(client, token) -> dict:
    key = published_key(client, token)
    return jwt.decode(token, key, algorithms=[key.algorithm_name])


# --- The credential


def test_a_credential_says_what_was_earned_and_where_its_status_is(earned, organization):
    said = credential.credential_of(earned)
    assert said["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    ]
    assert said["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert said["id"].endswith(f"/b/{earned.code}")
    assert said["issuer"] == {"id": addresses.issuer_url(organization), "type": ["Profile"], "name": organization.name}
    assert said["validFrom"] == said["awardedDate"] == "2025-01-15T09:00:00Z"
    assert said["credentialStatus"] == {"id": addresses.status_url(earned), "type": "1EdTechRevocationList"}
    (evidence,) = said["evidence"]
    assert "10" in evidence["narrative"]
    achievement = said["credentialSubject"]["achievement"]
    assert (achievement["name"], achievement["description"]) == ("Ti turer", "For ti aktiviteter")
    assert "10" in achievement["criteria"]["narrative"]
    assert achievement["image"] == {
        "id": addresses.image_url(earned.definition.icon),
        "type": "Image",
        "caption": "Et fjell",
    }


def test_it_names_nobody_but_knows_the_owner_of_the_e_mail_address(earned, mentor):
    (identity,) = credential.credential_of(earned)["credentialSubject"]["identifier"]
    expected = hashlib.sha256(f"{mentor.user.email}{identity['salt']}".encode()).hexdigest()
    assert identity["identityHash"] == f"sha256${expected}"
    text = json.dumps(credential.credential_of(earned))
    for hidden in (mentor.user.email, mentor.user.last_name, str(mentor.pk), str(mentor.user_id), "Secret note"):
        assert hidden not in text


def test_two_credentials_do_not_say_that_they_are_the_same_persons(earned, mentor):
    other = EarnedBadgeFactory(mentor=mentor)
    subjects = [credential.credential_of(each)["credentialSubject"] for each in (earned, other)]
    assert subjects[0]["id"] != subjects[1]["id"]
    assert subjects[0]["identifier"][0]["identityHash"] != subjects[1]["identifier"][0]["identityHash"]


def test_what_it_took_is_the_version_under_which_it_was_earned(earned):
    definition = earned.definition
    BadgeDefinition.objects.filter(pk=definition.pk).update(
        criteria={**TEN_ACTIVITIES, "value": 7654}, criteria_version=2
    )
    earned = EarnedBadge.objects.with_people().get(pk=earned.pk)
    then = credential.credential_of(earned)["credentialSubject"]["achievement"]["criteria"]["narrative"]
    assert "10" in then
    assert "7654" not in then
    assert "7654" in credential.achievement_of(earned.definition, earned.organization)["criteria"]["narrative"]


def test_staffs_note_is_not_the_reason_that_others_read(earned, visitor, org_admin):
    EarnedBadge.objects.filter(pk=earned.pk).update(awarded_by="staff", awarded_by_user=org_admin)
    stored = EarnedBadge.objects.with_people().get(pk=earned.pk)
    assert "Secret" not in json.dumps(credential.credential_of(stored))
    for tail in ("", ".json"):
        answer = visitor.get(f"/b/{earned.code}{tail}").content.decode()
        assert "Awarded by the association." in answer
        assert "Secret" not in answer


# --- The signature


@pytest.mark.parametrize("kind", ["none", "ed25519", "rsa"])
def test_the_signature_holds_by_the_published_key(earned, visitor, settings, kind):
    made = {
        "none": lambda: "",
        "ed25519": lambda: pem(ed25519.Ed25519PrivateKey.generate()),
        "rsa": lambda: pem(rsa.generate_private_key(65537, 2048)),
    }
    settings.OPEN_BADGES_KEY = made[kind]()
    token = credential.signed(earned)
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("RS256" if kind == "rsa" else "EdDSA", "JWT")
    assert set(header) == {"alg", "kid", "typ"}
    said = verified(visitor, token)
    whole = credential.credential_of(earned)
    claims = {name: said.pop(name) for name in ("iss", "jti", "nbf", "sub")}
    assert said == whole
    assert claims == {
        "iss": whole["issuer"]["id"],
        "jti": whole["id"],
        "nbf": int(LONG_AGO.timestamp()),
        "sub": whole["credentialSubject"]["id"],
    }


def test_one_changed_letter_breaks_it(earned, visitor):
    head, payload, signature = credential.signed(earned).split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    forged = ".".join((head, f"{payload[:middle]}{other}{payload[middle + 1 :]}", signature))
    with pytest.raises(jwt.InvalidSignatureError):
        verified(visitor, forged)


def test_somebody_elses_key_is_not_ours(earned, visitor, settings):
    token = credential.signed(earned)
    settings.OPEN_BADGES_KEY = pem(ed25519.Ed25519PrivateKey.generate())
    (other,) = visitor.get("/b/keys.json").json()["keys"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, jwt.PyJWK(other), algorithms=["EdDSA"])


def test_a_key_that_signed_before_stays_published(earned, visitor, settings):
    old, new = (pem(ed25519.Ed25519PrivateKey.generate()) for __ in range(2))
    settings.OPEN_BADGES_KEY = old
    token = credential.signed(earned)
    settings.OPEN_BADGES_KEY = f"{new}{old}"
    assert verified(visitor, token)["jti"] == addresses.badge_url(earned)
    published = visitor.get("/b/keys.json").json()["keys"]
    assert len(published) == 2
    assert published[0]["kid"] == jwt.get_unverified_header(credential.signed(earned))["kid"]


def test_nothing_private_is_published(visitor, settings):
    settings.OPEN_BADGES_KEY = pem(rsa.generate_private_key(65537, 2048)) + pem(ed25519.Ed25519PrivateKey.generate())
    for key in visitor.get("/b/keys.json").json()["keys"]:
        assert set(key) <= {"kty", "n", "e", "crv", "x", "kid", "alg", "use"}
    assert visitor.get("/b/keys/nobodys").status_code == 404


def test_the_check_of_the_settings_says_what_is_wrong_with_the_key(settings):
    assert checks.check_key(None) == []
    settings.PRODUCTION = True
    (warning,) = checks.check_key(None)
    assert isinstance(warning, Warning)
    curve, short = pem(ec.generate_private_key(ec.SECP256R1())), pem(rsa.generate_private_key(65537, 1024))
    broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    for bad in ("no key", broken, curve, short):
        settings.OPEN_BADGES_KEY = bad
        (error,) = checks.check_key(None)
        assert isinstance(error, Error)
        assert "AAAA" not in error.msg
        with pytest.raises(keys.BadKey):
            keys.keys()
    settings.OPEN_BADGES_KEY = pem(ed25519.Ed25519PrivateKey.generate())
    assert checks.check_key(None) == []


# --- The status


def test_revoking_flips_the_status_and_awarding_again_flips_it_back(earned, visitor, org_admin):
    address = path_of(credential.credential_of(earned)["credentialStatus"]["id"])
    assert visitor.get(address).json()["revokedCredential"] == []
    revoke(earned, org_admin)
    said = visitor.get(address)
    assert said.json()["revokedCredential"] == [{"id": addresses.badge_url(earned), "revoked": True}]
    assert said.json()["issuer"] == addresses.issuer_url(earned.organization)
    assert "Secret" not in said.content.decode()
    EarnedBadge.objects.update(revoked_at=None, revoked_by=None, revocation_reason="")
    assert visitor.get(address).json()["revokedCredential"] == []


def test_a_revoked_badge_is_not_handed_out(earned, org_admin):
    revoke(earned, org_admin)
    with pytest.raises(credential.BadgeRevoked):
        credential.signed(earned)


def test_the_page_says_how_it_stands_now(earned, visitor, mentor, org_admin):
    answer = visitor.get(f"/b/{earned.code}/")
    assert answer.status_code == 200
    text = text_of(answer)
    for said in ("This badge is valid", "Ten walks", mentor.user.get_full_name(), "North", "10 activities"):
        assert said in text
    revoke(earned, org_admin)
    text = text_of(visitor.get(f"/b/{earned.code}/"))
    assert re.search(r"Revoked on .*March.* 2025", text)
    assert "valid" not in text
    assert "Secret" not in text


def test_a_program_gets_the_same_as_json(earned, visitor, mentor, org_admin):
    for answer in (
        visitor.get(f"/b/{earned.code}.json"),
        visitor.get(f"/b/{earned.code}", headers={"accept": "application/json"}),
    ):
        said = answer.json()
        assert (said["status"], said["revoked_on"], said["earned_on"]) == ("valid", None, "2025-01-15")
        assert (said["name"], said["badge"]["name"]) == (mentor.user.get_full_name(), "Ten walks")
        assert answer["Access-Control-Allow-Origin"] == "*"
    revoke(earned, org_admin)
    said = visitor.get(f"/b/{earned.code}.json")
    assert (said.json()["status"], said.json()["revoked_on"]) == ("revoked", "2025-03-01")
    assert "Secret" not in said.content.decode()


def test_a_browser_that_takes_anything_gets_the_page(earned, visitor):
    assert visitor.get(f"/b/{earned.code}", headers={"accept": "*/*"})["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("language", "said"), [("nb", "Ti turer"), ("nn", "Ti turer"), ("en", "Ten walks")])
def test_the_page_is_in_the_language_asked_for(earned, visitor, language, said):
    answer = visitor.get(f"/b/{earned.code}", {"language": language})
    assert answer["Content-Language"] == language
    assert f'<html lang="{language}">' in answer.content.decode()
    assert said in text_of(answer)


def test_it_can_be_checked_where_the_module_is_switched_off(earned, visitor):
    ModuleSetting.objects.filter(organization=earned.organization).delete()
    assert visitor.get(f"/b/{earned.code}/").status_code == 200
    assert visitor.get(f"/b/{earned.code}/status").status_code == 200


@pytest.mark.parametrize("code", ["0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b", "nonsense", "a/b/c", "x.json"])
def test_an_unknown_code_gets_a_kind_answer(db, visitor, code):
    answer = visitor.get(f"/b/{code}")
    assert answer.status_code == 404
    assert "No badge has this address" in text_of(answer)
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_no_search_engine_finds_it_and_nobody_keeps_it(earned, visitor):
    for tail in ("", ".json", "/status"):
        answer = visitor.get(f"/b/{earned.code}{tail}")
        assert "noindex" in answer["X-Robots-Tag"]
        assert "no-store" in answer["Cache-Control"]


def test_whoever_looks_too_often_waits(earned, visitor, settings):
    settings.API_RATES = {**settings.API_RATES, "anon": "2/hour"}
    cache.clear()
    addresses_ = [f"/b/{earned.code}", f"/b/{earned.code}/status", f"/b/{earned.code}.json"]
    assert [visitor.get(each).status_code for each in addresses_] == [200, 200, 429]
    refused = visitor.get(f"/b/{earned.code}/status")
    assert refused.json()["code"] == "throttled"
    assert int(refused["Retry-After"]) > 0


# --- What credentials refer to


def test_every_address_in_a_credential_answers(earned, visitor):
    said = credential.credential_of(earned)
    achievement = said["credentialSubject"]["achievement"]
    issuer = visitor.get(path_of(said["issuer"]["id"])).json()
    assert {name: issuer[name] for name in ("id", "type", "name")} == said["issuer"]
    published = visitor.get(path_of(achievement["id"])).json()
    assert {name: published[name] for name in achievement} == achievement
    assert published["creator"] == said["issuer"]
    image = visitor.get(path_of(achievement["image"]["id"]))
    assert image["Content-Type"] == "image/svg+xml"
    assert b"<svg" in image.content


def test_drafts_and_organisations_without_badges_are_nobodys_business(earned, visitor, foreign, organization):
    draft = BadgeDefinitionFactory(organization=organization, is_active=False)
    theirs = BadgeDefinitionFactory(organization=foreign.organization)
    assert visitor.get(f"/b/issuers/{foreign.organization.pk}").status_code == 404
    for definition in (draft, theirs):
        assert visitor.get(f"/b/issuers/{organization.pk}/badges/{definition.pk}").status_code == 404
    everybodys = BadgeDefinitionFactory(organization=None)
    assert visitor.get(f"/b/issuers/{organization.pk}/badges/{everybodys.pk}").status_code == 200
    assert visitor.get("/b/images/settings.svg").status_code == 404


def test_the_services_verbs_are_what_the_page_shows(organization, mentor, org_admin, visitor, now):
    definition = BadgeDefinitionFactory(organization=organization)
    earned = services.award_badge(mentor=mentor, definition=definition, by=org_admin, at=now, note="Secret note")
    services.revoke_badge(earned=earned, by=org_admin, at=now + timedelta(days=1), reason="Secret reason")
    text = text_of(visitor.get(f"/b/{earned.code}"))
    assert "Revoked on" in text
    assert "Secret" not in text
