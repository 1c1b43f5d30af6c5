"""What the API says to everybody."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import MentorProfile


class PublicMentor(serializers.Serializer[MentorProfile]):
    name = serializers.CharField(source="user.get_full_name")
    local_association = serializers.CharField(source="place", allow_null=True, help_text="The primary one.")


class Pagination(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total = serializers.IntegerField()


class PublicMentors(serializers.Serializer[Any]):
    data = PublicMentor(many=True)
    pagination = Pagination()
