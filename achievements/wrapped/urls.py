"""The pages of the year in review."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from achievements.wrapped import organization, public, views


class YearConverter(IntConverter):
    """Four digits; which years there are is for the page to say."""

    regex = "[0-9]{4}"


register_converter(YearConverter, "year")

urlpatterns = [
    path("wrapped/", views.latest_year, name="wrapped"),
    path("wrapped/<year:year>/", views.year_page, name="wrapped-year"),
    path("wrapped/<year:year>/image.png", views.year_image, name="wrapped-image"),
    path("wrapped/<year:year>/share/", views.share, name="wrapped-share"),
    path("wrapped/<year:year>/withdraw/", views.withdraw, name="wrapped-withdraw"),
    path("wrapped/<year:year>/organisation/<slug:slug>/", organization.year_page, name="wrapped-organization"),
    path("w/<str:token>/", public.shared_page, name="wrapped-shared"),
    path("w/<str:token>/image.png", public.shared_image, name="wrapped-shared-image"),
]
