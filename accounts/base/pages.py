"""Pages outside the admin: who is let in, and who that is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

from accounts import second_factor
from accounts.models import User

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """A page for one person, signed in, with their second factor where they need one.

    Nothing keeps it, unless the view says what may be kept.
    """

    @login_required
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if second_factor.is_missing(person(request), request.session):
            return redirect_to_login(request.get_full_path(), "admin:login")
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return shown


def person(request: HttpRequest) -> User:
    """Who is signed in, on a page that lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user
