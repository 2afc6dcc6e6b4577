"""The addresses of administration, and of one's own tokens."""

from __future__ import annotations

from fairlead.apps.administration import people, person, tokens
from fairlead.web.access import action, page

ROUTES = [
    page("admin", people.people, "person:read"),
    action("admin/add", people.add, "person:manage"),
    action("admin/tokens", tokens.all_tokens, "token:manage"),
    page("admin/people/<str:person_id>", person.person, "person:read"),
    action("admin/people/<str:person_id>/account", person.person_account, "person:manage"),
    action("admin/people/<str:person_id>/roles", person.person_roles, "role:grant"),
    action("account/tokens", tokens.own_tokens, "token:own"),
]
