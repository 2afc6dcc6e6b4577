"""The same endpoint without an inbox: verifies the signature, then maps inside the request."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairlead.site.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - the framework comes first

from fairlead.ingest.deliveries import open_delivery  # noqa: E402
from fairlead.ingest.inbound import check_message, scheme_of  # noqa: E402
from fairlead.ingest.intake import Intake  # noqa: E402
from fairlead.ingest.signatures import Message  # noqa: E402
from fairlead.web.desk import desk  # noqa: E402
from fairlead.web.source_settings import settings_of  # noqa: E402


@csrf_exempt
def deliver(request: HttpRequest) -> HttpResponse:
    """200 once the facts are in the lake."""
    workspace, body = desk().workspace, request.body
    headers = {name.lower(): value for name, value in request.headers.items()}
    secret = (Path(workspace.root) / "secret").read_text()
    scheme = scheme_of("github", {})
    message = Message(headers, body, int(workspace.clock.now().timestamp()))
    if check_message(scheme, message, (secret,)) is not None:
        return HttpResponse(status=401)
    source = settings_of(workspace, "github")
    opened = open_delivery(source.connector, body, headers, delivery_ref="x", place="x",
                           received_at=workspace.clock.now())  # fmt: skip
    intake = Intake(workspace.lake, workspace.journal, source.connector, "github",
                    settings=source.settings, clock=workspace.clock)  # fmt: skip
    intake.take(opened if isinstance(opened, list) else [opened])
    return HttpResponse("{}", content_type="application/json")


urlpatterns = [path("hooks/github", deliver)]
settings.ROOT_URLCONF = __name__
