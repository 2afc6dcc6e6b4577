"""The addresses of log-in and account."""

from __future__ import annotations

from fairlead.apps.identity import account, views
from fairlead.web.access import action, open_door

GET_POST = ("GET", "HEAD", "POST")

ROUTES = [
    open_door("login", views.login, methods=GET_POST),
    open_door("login/again", views.login_again, methods=GET_POST),
    open_door("logout", views.logout, methods=("POST",)),
    open_door("theme", views.theme, methods=("POST",)),
    action("account", account.account, "account:manage"),
]
