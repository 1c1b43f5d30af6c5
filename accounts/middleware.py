"""What holds for every request of a person."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

Answer = Callable[[HttpRequest], HttpResponseBase]


class PersonsLanguage:
    """Pages are in the language of whoever is signed in. The API's callers are known later (`_admit`)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        return self.get_response(request)


class NothingStored:
    """No browser and no proxy keeps what concerns people."""

    PRIVATE = ("/api/", "/admin/", "/accounts/", "/_allauth/")

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(self.PRIVATE) and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class UnavailableWithoutCache:
    """The limits on log-ins are counted in the cache. Without it nobody can be let in: 503, and not an error page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, RedisError):
            return None
        sentence = _("This cannot be done right now. Please try again in a minute.")
        response: HttpResponse
        if request.path.startswith(("/api/", "/_allauth/")):
            response = JsonResponse({"code": "unavailable", "detail": sentence, "errors": {}}, status=503)
        else:
            response = HttpResponse(sentence, status=503, content_type="text/plain; charset=utf-8")
        response["Retry-After"] = "60"
        return response
