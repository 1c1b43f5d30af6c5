"""An earned badge as an Open Badges 3.0 credential (`OpenBadgeCredential`), and as the compact JWS that is its proof.

https://www.imsglobal.org/spec/ob/v3p0/. In the language of the organisation, whoever asks. Neither the mentor's name
nor an e-mail address stands in it, and nothing about contacts: the e-mail address is hashed with a salt of its own, so
that a wallet can tell its owner.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal
from accounts.models import Organization
from achievements.models import BadgeDefinition, EarnedBadge
from achievements.openbadges import addresses
from achievements.openbadges.keys import sign
from achievements.openbadges.words import reason_of, rule_of

CONTEXT = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
#: What `credentialSchema` and `credentialStatus` mean is defined here.
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
STATUS_CONTEXT = "https://purl.imsglobal.org/spec/vcrl/v1p0/context.json"
STATUS_TYPE = "1EdTechRevocationList"
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"


class BadgeRevoked(Refusal):
    code = "badge_revoked"
    sentence = _("A badge that was revoked is not handed out any more.")
    status = 409


def credential_of(earned: EarnedBadge) -> dict[str, Any]:
    """The credential, without a proof. Refuses a badge that was revoked."""
    if not earned.is_valid:
        raise BadgeRevoked
    with translation.override(earned.organization.locale):
        return {
            "@context": [*CONTEXT, EXTENSIONS],
            "id": addresses.badge_url(earned),
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": str(earned),
            "issuer": _issuer(earned.organization),
            "validFrom": _moment(earned.earned_at),
            "awardedDate": _moment(earned.earned_at),
            "credentialSubject": _subject(earned),
            "evidence": [{"type": ["Evidence"], "narrative": reason_of(earned)}],
            "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
            "credentialStatus": {"id": addresses.status_url(earned), "type": STATUS_TYPE},
        }


def signed(earned: EarnedBadge) -> str:
    """The credential as VC-JWT: a compact JWS whose payload is the credential and the claims that repeat it."""
    credential = credential_of(earned)
    return sign(
        {
            **credential,
            "iss": credential["issuer"]["id"],
            "jti": credential["id"],
            "nbf": int(earned.earned_at.timestamp()),
            "sub": credential["credentialSubject"]["id"],
        }
    )


def issuer_of(organization: Organization) -> dict[str, Any]:
    """The organisation's issuer profile as a document of its own."""
    return {"@context": list(CONTEXT), **_issuer(organization)}


def achievement_of(definition: BadgeDefinition, organization: Organization) -> dict[str, Any]:
    """What the badge is and takes now, as a document of its own."""
    with translation.override(organization.locale):
        return {
            "@context": list(CONTEXT),
            **_achievement(definition, organization, definition.criteria_version),
            "creator": _issuer(organization),
        }


def status_of(earned: EarnedBadge) -> dict[str, Any]:
    """The list of revoked credentials, as far as it is about this one: nobody learns of others. Without the reason."""
    revoked = [] if earned.is_valid else [{"id": addresses.badge_url(earned), "revoked": True}]
    return {
        "@context": [STATUS_CONTEXT],
        "id": addresses.status_url(earned),
        "issuer": addresses.issuer_url(earned.organization),
        "revokedCredential": revoked,
    }


def _issuer(organization: Organization) -> dict[str, Any]:
    return {"id": addresses.issuer_url(organization), "type": ["Profile"], "name": organization.name}


def _subject(earned: EarnedBadge) -> dict[str, Any]:
    salt = earned.code.hex
    email = f"{earned.mentor.user.email.lower()}{salt}"
    return {
        # Another one in each credential: two of them do not say that they are the same person's.
        "id": uuid5(NAMESPACE_URL, addresses.badge_url(earned)).urn,
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "identityType": "emailAddress",
                "hashed": True,
                "identityHash": f"sha256${hashlib.sha256(email.encode()).hexdigest()}",
                "salt": salt,
            }
        ],
        "achievement": _achievement(earned.definition, earned.organization, earned.criteria_version),
    }


def _achievement(definition: BadgeDefinition, organization: Organization, version: int) -> dict[str, Any]:
    name = definition.in_language("name")
    return {
        "id": addresses.achievement_url(definition, organization),
        "type": ["Achievement"],
        "achievementType": "Badge",
        "inLanguage": organization.locale,
        "name": name,
        "description": definition.in_language("description") or name,
        "criteria": {"narrative": rule_of(definition, version)},
        "image": {
            "id": addresses.image_url(definition.icon),
            "type": "Image",
            "caption": definition.in_language("alt_text"),
        },
    }


def _moment(at: datetime) -> str:
    """Whole seconds: a claim of the signature repeats it, and claims have no more."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
