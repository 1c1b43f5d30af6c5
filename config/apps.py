"""Which admin site is the default one."""

from django.contrib.admin.apps import AdminConfig


class VardeAdminConfig(AdminConfig):
    default_site = "config.admin.VardeAdminSite"
