"""The addresses of log-in and account."""

from __future__ import annotations

from fairlead.apps.identity import account, sso, views
from fairlead.web.access import action, open_door

GET_POST = ("GET", "HEAD", "POST")

ROUTES = [
    open_door("login", views.login, methods=GET_POST),
    open_door("login/again", views.login_again, methods=GET_POST),
    open_door("login/code", views.login_code, methods=GET_POST),
    open_door("login/sso", sso.sso),
    open_door("login/sso/callback", sso.sso_callback),
    open_door("logout", views.logout, methods=("POST",)),
    open_door("theme", views.theme, methods=("POST",)),
    action("account", account.account, "account:manage"),
]
