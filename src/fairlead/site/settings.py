"""Settings of the web process, all from the environment and the workspace that it serves.

FAIRLEAD_WORKSPACE    folder of the operating model; default: the current one
FAIRLEAD_DATABASE     postgresql://user@host/name, or nothing for SQLite beside the lake
FAIRLEAD_HOSTS        names that the console answers to, with commas; default: loopback
FAIRLEAD_HTTPS        1 behind TLS: secure cookies and strict transport; 0 on loopback
FAIRLEAD_SECRET_KEY   key of cookies; default: a file beside the lake, made at the first start
FAIRLEAD_PROXIES      how many proxies of yours stand before the console and add X-Forwarded-For
FAIRLEAD_OIDC_*       single sign-on: see apps/identity/oidc_settings.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from fairlead.kernel.ids import random_token
from fairlead.web.workspace import Workspace, clock_of_environment

WORKSPACE = Workspace(Path(os.environ.get("FAIRLEAD_WORKSPACE", ".")), clock_of_environment())
STATE_FOLDER = WORKSPACE.lake_folder.parent
STATE_FOLDER.mkdir(parents=True, exist_ok=True)
IS_HTTPS = os.environ.get("FAIRLEAD_HTTPS") == "1"
PROXY_COUNT = int(os.environ.get("FAIRLEAD_PROXIES", "0"))


def secret_key(folder: Path) -> str:
    """The key from the environment, or from a file that only its owner may read."""
    given = os.environ.get("FAIRLEAD_SECRET_KEY")
    if given:
        return given
    path = folder / "secret_key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(random_token(48))
    return path.read_text().strip()


def database(url: str | None, folder: Path) -> dict[str, Any]:
    """The database of a URL, or SQLite with every commit on disk."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "ledger.sqlite3"),
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


SECRET_KEY = secret_key(STATE_FOLDER)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("FAIRLEAD_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
DATABASES = {"default": database(os.environ.get("FAIRLEAD_DATABASE"), STATE_FOLDER)}
AUTH_USER_MODEL = "ledger.Person"
ROOT_URLCONF = "fairlead.site.urls"
WSGI_APPLICATION = "fairlead.site.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "fairlead.ledger",
    "fairlead.web",
    "fairlead.apps.api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "fairlead.web.requests.RequestMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parents[1] / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "fairlead.web.pages.console_environment"},
    }
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-fairlead" if IS_HTTPS else "fairlead"
CSRF_COOKIE_NAME = "__Host-fairlead-csrf" if IS_HTTPS else "fairlead-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
IDLE_SECONDS, ABSOLUTE_SECONDS, RECENT_SECONDS = 3600, 12 * 3600, 600
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
ANSWERS_IN_BACKGROUND = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parents[1] / "web" / "assets"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
