"""Where somebody begins: the address without a path, to which messages lead, and the page after signing in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.enums import Module
from accounts.models import User
from accounts.services import organizations_with


def first_page_of(user: User) -> str:
    """The desk for those who may enter it, the courses for mentors who have them, else the person's own devices."""
    if user.is_staff:
        return reverse("admin:index")
    if user.access.mentors_as and organizations_with(module=Module.CERTIFICATION, user=user):
        return reverse("training")
    return reverse("usersessions_list")


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/`: on to the person's first page, or to the sign-in."""
    return redirect(first_page_of(request.user) if isinstance(request.user, User) else "account_login")
