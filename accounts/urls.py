"""The sign-in pages and the app's log-in, without what does not belong here.

An e-mail address is who somebody is; staff vouch for it when they invite. Nobody adds or changes their own.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path

from accounts.home import home


def closed(request: HttpRequest) -> HttpResponse:
    """An address of the sign-in package that Varde does not offer."""
    raise Http404


urlpatterns = [
    path("", home, name="home"),
    re_path(r"^accounts/(?:email|confirm-email)(?:/.*)?$", closed),
    re_path(r"^_allauth/app/v1/account/(?:email|phone)/?$", closed),
    re_path(r"^_allauth/app/v1/auth/(?:email|phone)/verify(?:/.*)?$", closed),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
]
