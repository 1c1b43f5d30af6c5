"""The cast: people of one association, a neighbour next door and a stranger from another one.

    Association "north"                                  Association "south" (another tenant)
      National                                             Foreign local association
        Region                                               `stranger`: coordinator and mentor there, with a
          `local_association`   `coordinator`, `mentor`       contact, an assignment and an activity (`foreign`)
          `next_door`           `neighbour`
    `org_admin` administers all of north; `platform_staff` stands above both.

`as_…` are API clients that carry a real session token, `admin_as_…` are browsers that are signed in to the admin.
"""

import contextlib
import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation
from rest_framework.test import APIClient
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from accounts.enums import Level, Role
from accounts.models import LocalAssociation, MentorProfile, Organization, User
from accounts.services.devices import SEEN
from tests.factories import (
    ActivityFactory,
    AssignmentFactory,
    CareAreaFactory,
    LocalAssociationFactory,
    MembershipFactory,
    MentorProfileFactory,
    OrganizationFactory,
    UserFactory,
)

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _cheap_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def _files_of_this_run(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _no_files_in_the_checkout(settings, _files_of_this_run) -> None:
    """What a test uploads, and the film of the demo, is kept for the run alone."""
    settings.MEDIA_ROOT = _files_of_this_run


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests() -> Iterator[None]:
    """Rate limits live in the cache; a test must not inherit another's."""
    yield
    with contextlib.suppress(Exception):  # a test that took Redis away has nothing to clear
        cache.clear()


@pytest.fixture(autouse=True)
def _the_house_speaks_its_own_language(settings) -> Iterator[None]:
    """A request leaves its reader's language in the thread until the next request; the next test may make none."""
    with translation.override(settings.LANGUAGE_CODE, deactivate=True):
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Thousands of tests and all code stay until the end: the garbage collector need not walk them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_found_once() -> Iterator[None]:
    """Each client builds the middleware anew, and WhiteNoise would look through all static files each time."""
    find = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, StaticFile] = {}

    def find_once(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture
def now() -> datetime:
    """Wednesday 11 March 2026, noon in Oslo."""
    return datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


# --- North ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory(name="North", slug="north")


@pytest.fixture
def national(organization) -> LocalAssociation:
    return LocalAssociationFactory(organization=organization, name="National", level=Level.NATIONAL)


@pytest.fixture
def region(organization, national) -> LocalAssociation:
    return LocalAssociationFactory(organization=organization, name="Region", level=Level.REGION, parent=national)


@pytest.fixture
def local_association(organization, region) -> LocalAssociation:
    return LocalAssociationFactory(organization=organization, name="Home", parent=region)


@pytest.fixture
def next_door(organization, region) -> LocalAssociation:
    return LocalAssociationFactory(organization=organization, name="Next door", parent=region)


@pytest.fixture
def mentor(organization, local_association) -> MentorProfile:
    return MentorProfileFactory(
        organization=organization, user__email="mentor@example.org", local_association=local_association
    )


@pytest.fixture
def coordinator(organization, local_association) -> User:
    return coordinator_of(organization, local_association, "coordinator@example.org")


@pytest.fixture
def org_admin(organization) -> User:
    return administrator_of(organization)


@pytest.fixture
def neighbour(organization, next_door) -> User:
    """The coordinator of another local association of the same organisation."""
    return coordinator_of(organization, next_door, "neighbour@example.org")


@pytest.fixture
def platform_staff(db) -> User:
    return UserFactory(email="staff@example.org", is_superuser=True)


# --- South ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(db) -> SimpleNamespace:
    return strangers_association()


def strangers_association() -> SimpleNamespace:
    """What the stranger has: organization, local_association, user, mentor, contact, assignment, activity."""
    organization = OrganizationFactory(name="South", slug="south")
    local = LocalAssociationFactory(organization=organization, name="Foreign")
    user = coordinator_of(organization, local, "stranger@example.org")
    mentor = MentorProfileFactory(organization=organization, user=user, local_association=local)
    assignment = AssignmentFactory(organization=organization, mentor=mentor, coordinator=user)
    return SimpleNamespace(
        organization=organization,
        local_association=local,
        user=user,
        mentor=mentor,
        contact=assignment.contact,
        assignment=assignment,
        activity=ActivityFactory(assignment=assignment),
    )


@pytest.fixture
def stranger(foreign) -> User:
    return foreign.user


def administrator_of(organization: Organization) -> User:
    user = UserFactory(email="admin@example.org")
    MembershipFactory(organization=organization, user=user, role=Role.ORG_ADMIN)
    return user


def coordinator_of(organization: Organization, local_association: LocalAssociation, email: str) -> User:
    user = UserFactory(email=email)
    membership = MembershipFactory(organization=organization, user=user, role=Role.COORDINATOR)
    CareAreaFactory(membership=membership, local_association=local_association)
    return user


# --- Clients ----------------------------------------------------------------------------------------------------------


def session_token(user: User) -> str:
    """A token as a log-in from the app gives it, without the log-in."""
    session = SessionStore()
    session[SESSION_KEY] = user.pk.hex
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[SEEN] = timezone.now().timestamp()  # noted already, so that counting queries counts the view's own
    session.create()
    return session.session_key or ""


def api_client(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_X_SESSION_TOKEN=session_token(user))
    return client


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def as_mentor(mentor) -> APIClient:
    return api_client(mentor.user)


@pytest.fixture
def as_coordinator(coordinator) -> APIClient:
    return api_client(coordinator)


@pytest.fixture
def as_neighbour(neighbour) -> APIClient:
    return api_client(neighbour)


@pytest.fixture
def as_org_admin(org_admin) -> APIClient:
    return api_client(org_admin)


@pytest.fixture
def as_stranger(stranger) -> APIClient:
    return api_client(stranger)


@pytest.fixture
def as_platform_staff(platform_staff) -> APIClient:
    return api_client(platform_staff)


@pytest.fixture
def admin_as_coordinator(coordinator) -> Client:
    return browser(coordinator)


@pytest.fixture
def admin_as_neighbour(neighbour) -> Client:
    return browser(neighbour)


@pytest.fixture
def admin_as_org_admin(org_admin) -> Client:
    return browser(org_admin)


@pytest.fixture
def admin_as_stranger(stranger) -> Client:
    return browser(stranger)


@pytest.fixture
def admin_as_platform_staff(platform_staff) -> Client:
    return browser(platform_staff)
