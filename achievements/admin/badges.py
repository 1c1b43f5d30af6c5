"""The desk of badges: what there is to earn, and the log of evaluations. `earned` has what was earned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.base.desk import VerbsDecide
from accounts.base.scope import in_use
from accounts.enums import Module, Role
from accounts.models import MentorProfile, Organization, User
from accounts.services import organizations_with
from achievements import pictures, services
from achievements.admin.recompute import SHOWN, Everybody, Outlook
from achievements.icons import ICONS
from achievements.models import BadgeDefinition, BadgeEvaluation
from achievements.rule_words import rule_in_words
from certifications.admin.desk import only_administrators
from mentoring.admin.desk import DeskAdmin, Verb, by_of
from operations.models import Job

EXAMPLES = (
    '{"version": 1, "type": "threshold", "metric": "activities", "value": 100}',
    '{"version": 1, "type": "streak", "unit": "week", "length": 12}',
    '{"version": 1, "type": "all", "of": [{"type": "threshold", "metric": "minutes", "value": 6000}, '
    '{"type": "training_completion", "count": 1}]}',
)


def _icons() -> list[tuple[str, str]]:
    """Every drawing, with what it shows in words beside it; so the picture itself is silent."""
    drawn = '<img src="{}" width="48" height="48" alt=""> <span>{}</span>'
    return [(name, format_html(drawn, pictures.address(name), pictures.words(name))) for name in ICONS]


class RuleField(forms.JSONField):
    """JSON in which nothing is an empty field, and not the word for it; what is nested too deeply is refused, too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise forms.ValidationError(_("This is not JSON as we understand it.")) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)


class DefinitionForm(VerbsDecide, forms.ModelForm[BadgeDefinition]):
    """What the verb asks for; what is wrong with a rule comes back all at once."""

    icon = forms.ChoiceField(label=_("Icon"), choices=_icons, widget=forms.RadioSelect(attrs={"class": "icons"}))
    criteria = RuleField(label=_("Rule"))
    criteria_raw = RuleField(
        label=capfirst(_("raw rule")),
        help_text=_("A rule that cannot be written down yet. It is kept and shown, and never evaluated."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "criteria" in self.fields:
            examples = format_html_join("", "<li><code>{}</code></li>", ((each,) for each in EXAMPLES))
            said = _("Empty: only staff award it. For example 100 activities; 12 weeks in a row; hours and a training:")
            self.fields["criteria"].help_text = format_html("{}<ul>{}</ul>", said, examples)


def _outlook_of(rows: Sequence[BadgeDefinition], facts: dict[str, Any]) -> list[tuple[Any, str, bool]]:
    """Who would earn them, before they are put into use."""
    lines: list[tuple[Any, str, bool]] = []
    for row in rows:
        for organization in _organizations_of(row)[:SHOWN]:
            found = services.preview_definition(definition=row, organization=organization, at=timezone.now())
            words = {
                "badge": row,
                "organization": organization,
                "count": found.count,
                "names": ", ".join(map(str, found.sample)) or "–",
                "time": found.milliseconds,
            }
            said = gettext("%(badge)s, %(organization)s: %(count)d would earn it (%(names)s). Asked in %(time)d ms.")
            lines.append((row, said % words, True))
    return lines


def _organizations_of(row: BadgeDefinition) -> QuerySet[Organization]:
    rows = Organization.objects.with_module(Module.ACHIEVEMENTS).order_by("name")
    return rows.filter(pk=row.organization_id) if row.organization_id else rows


ACTIVATE = Verb(
    "activate",
    _("Put into use"),
    lambda row, facts, by, at: services.activate_definition(definition=row, by=by, at=at),
    lambda n: ngettext("%d badge is in use.", "%d badges are in use.", n) % n,
    preview=_outlook_of,
    offered=lambda row: not row.is_active,
    help_text=_("First you see who would earn it now. Then it is awarded in the background."),
)
DEACTIVATE = Verb(
    "deactivate",
    _("Take out of use"),
    lambda row, facts, by, at: services.deactivate_definition(definition=row, by=by, at=at),
    lambda n: ngettext("%d badge is out of use.", "%d badges are out of use.", n) % n,
    offered=lambda row: row.is_active,
    help_text=_("Nobody earns it from now on; whoever has it keeps it."),
)


@admin.register(BadgeDefinition)
class BadgeDefinitionAdmin(DeskAdmin):
    """Administrators keep their organisation's badges, coordinators look; those for all are platform staff's."""

    form = DefinitionForm
    allow_add = True
    allow_change = True
    verbs = (ACTIVATE, DEACTIVATE)
    fields = (
        "organization", "slug", "name", "name_nn", "name_en", "description", "description_nn", "description_en",
        "icon", "alt_text", "alt_text_nn", "alt_text_en", "category", "repeats", "criteria", "criteria_raw",
    )  # fmt: skip
    _shown = ("picture", "rule", "criteria_version", "versions_so_far", "is_active")
    list_display = ("name", "picture", "organization", "category", "repeats", "criteria_version", "is_active")
    list_filter = ("is_active", "category", "repeats")
    list_select_related = ("organization",)
    search_fields = ("name", "name_nn", "name_en", "slug")
    ordering = ("name", "id")

    def cared_for(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        if user.access.is_platform_staff:
            return rows
        at_work = user.access.administers | user.access.coordinates
        kept = at_work & organizations_with(module=Module.ACHIEVEMENTS, user=user)
        return rows.filter(Q(organization=None, is_active=True) | Q(organization_id__in=kept))

    def may_enter(self, request: HttpRequest, row: Any = None) -> bool:
        return super().may_enter(request, row) and (
            by_of(request).access.is_platform_staff or bool(in_use(Module.ACHIEVEMENTS, request))
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and only_administrators(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and only_administrators(request, obj)

    def _links_to_pages(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        row = self.get_object(request, object_id) if object_id else None
        return super()._links_to_pages(request, object_id) if row and only_administrators(request, row) else []

    def _chosen(self, request: HttpRequest, most: int) -> list[Any]:
        rows = super()._chosen(request, most)
        if not all(only_administrators(request, row) for row in rows):
            raise PermissionDenied
        return rows

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj is None else (*self._shown, *self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else (*self._shown, "organization")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        field = form.base_fields.get("organization")
        if field is not None and not by_of(request).access.is_platform_staff:
            field.required, field.empty_label = True, None
            field.queryset = field.queryset.filter(pk__in=by_of(request).access.administers)
        return form

    def save_row(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return services.save_definition(definition=form.instance, by=by_of(request), at=timezone.now())

    @admin.display(description=_("icon"))
    def picture(self, row: BadgeDefinition) -> str:
        source = pictures.address(row.icon)
        return format_html('<img src="{}" width="40" height="40" alt="{}">', source, row.alt_text) if source else "–"

    @admin.display(description=_("rule in words"))
    def rule(self, row: BadgeDefinition) -> str:
        return rule_in_words(row, row.criteria)

    @admin.display(description=_("versions of the rule"))
    def versions_so_far(self, row: BadgeDefinition) -> str:
        kept = row.versions.order_by("-version")[:SHOWN]
        return format_html_join("", "<p>{}: {}</p>", ((one.version, rule_in_words(row, one.criteria)) for one in kept))


@admin.register(BadgeEvaluation)
class BadgeEvaluationAdmin(Everybody, DeskAdmin):
    """The log, to read; and the page on which an association's badges are held against everybody."""

    module = Module.ACHIEVEMENTS
    for_role = Role.ORG_ADMIN
    everybody_title = _("Award what is missing")
    everybody_intro = _("Holds the rules of all badges in use against every mentor. It happens each night by itself.")
    everybody_button = _("Award what is missing")
    list_display = (
        "evaluated_at", "organization", "kind", "definition", "mentor_count", "awarded_count", "milliseconds",
    )  # fmt: skip
    list_filter = ("kind",)
    list_select_related = ("organization", "definition", "by")
    ordering = ("-evaluated_at", "-id")
    fields = (*list_display, "definition_count", "by")

    def cared_for(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        access = user.access
        return rows if access.is_platform_staff else rows.filter(organization_id__in=access.administers)

    def outlook(self, facts: dict[str, Any], at: datetime) -> Outlook:
        found = services.preview_evaluation(organization_id=facts["organization"].pk, at=at)
        shown = found[:SHOWN]
        mentors = MentorProfile.objects.select_related("user").in_bulk({one.mentor_id for one in shown})
        badges = BadgeDefinition.objects.in_bulk({one.definition_id for one in shown})
        lines = [(mentors[one.mentor_id], f"{badges[one.definition_id]} {one.period}".rstrip()) for one in shown]
        sentence = ngettext("%d badge is missing.", "%d badges are missing.", len(found)) % len(found)
        return Outlook(sentence if found else gettext("Nothing is missing."), len(found), lines)

    def queue_everybody(self, facts: dict[str, Any], by: User, at: datetime) -> Job:
        return services.queue_evaluation(organization_id=facts["organization"].pk, by=by, at=at)
