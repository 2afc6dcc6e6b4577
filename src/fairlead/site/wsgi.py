"""The web application that a server loads."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairlead.site.settings")
application = get_wsgi_application()

from fairlead.apps.inbox.startup import start_worker  # noqa: E402 - the framework comes first

start_worker()
