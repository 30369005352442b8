"""Django's settings. Whatever an operator may choose comes from `portal.environment`."""

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal import environment, keys, look

BASE_DIR = Path(__file__).resolve().parent.parent

# The installation
COUNTERFOIL_HOME = environment.home()
COUNTERFOIL_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
EPOCH_FILE = COUNTERFOIL_HOME / "epoch"
SITE_URL = environment.site_url()
DEBUG = environment.debug()
DEMO = environment.demo()
SECOND_FACTOR = not DEMO
NOTICES_KEPT_SECONDS = 5.0
WEBHOOKS_REMEMBER_SECONDS = 5.0
SECOND_PERSON = environment.second_person()
ALLOWED_HOSTS = environment.allowed_hosts()
BEHIND_PROXY = environment.behind_proxy()
METRICS_TOKEN = environment.metrics_token()
SYSTEM_HOSTS = environment.system_hosts()
PACE = environment.pace()
ALERT_HOSTS = environment.alert_hosts()
AUDIT_DETAILS_DAYS = environment.audit_details_days()
DOCUMENTS_DAYS = environment.documents_days()

# Database
DATABASES: dict[str, dict[str, Any]] = {"default": environment.database()}
ON_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
# Closing the last connection to a file of SQLite writes its whole log back: 7 ms a request (measured 2026-11).
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": not ON_SQLITE}
if ON_SQLITE:
    # Without these, two workers on SQLite meet "database is locked" (measured).
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Keys
_database_file = Path(DATABASES["default"]["NAME"]) if ON_SQLITE else None
_keys = keys.load(environment.keys_file(), _database_file)
SECRET_KEY = _keys.secret_key
FERNET_KEYS = _keys.fernet_keys
FERNET_USE_HKDF = True
AUDIT_SEAL_KEYS = {name: bytes.fromhex(key) for name, key in _keys.seal_keys.items()}  # the first signs, all verify
DIGEST_KEY = bytes.fromhex(_keys.digest_key)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "import_export",
    "simple_history",
    "django_q",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "audit",
    "mappings",
    "integrations",
    "portal.apps.PortalConfig",
]

MIDDLEWARE = [
    "portal.middleware.machine_pages",
    "portal.middleware.client_address",
    "portal.middleware.localhost",
    "portal.middleware.content_security_policy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "portal.middleware.second_factor",
    "portal.middleware.no_null_characters",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.notices.for_templates",
            ],
        },
    },
]

# Sign-in
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "portal.permissions.InOneQuestion",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_AGE = 12 * 3600
OTP_TOTP_ISSUER = "Counterfoil"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
# Person and address together: a stranger cannot lock somebody out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "portal.sign_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Workers (the reasons for each figure: README of this folder)
REDIS_URL = environment.redis_url()
WORKER_EPOCH = environment.worker_epoch()
SUPERVISOR_NAME = f"supervisor:{socket.gethostname()}"[:60]
TASK_FUNCTIONS = [
    "integrations.tasks.tick",
    "integrations.tasks.run_slice",
    "integrations.tasks.make_preview",
    "integrations.tasks.make_report",
    "integrations.tasks.look_into_projects",
    "integrations.tasks.probe",
    "integrations.tasks.take_in_webhooks",
    "integrations.tasks.refresh_tokens",
    "integrations.tasks.seal_audit",
    "integrations.tasks.verify_audit",
    "integrations.tasks.erase_details",
    "integrations.tasks.forget_documents",
    "integrations.tasks.prune",
    "portal.alerts.tasks.deliver",
]
Q_CLUSTER: dict[str, Any] = {
    "name": environment.queue_name(),
    "label": "Counterfoil",
    "workers": environment.workers(),
    "queue_limit": environment.workers(),
    "bulk": 1,
    "timeout": 300,
    "retry": 900,
    "ack_failures": True,
    "max_attempts": 1,
    "catch_up": False,
    "save_limit": -1,
    "recycle": 200,
    "max_rss": 400_000,  # kilobytes
    "poll": 1,
    "orm": "default",
    "broker_class": "portal.brokers.DatabaseBroker",
}
if REDIS_URL:
    Q_CLUSTER |= {"redis": REDIS_URL, "broker_class": "portal.brokers.RedisBroker"}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# Language, time, mail, files
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["portal.formats"]
USE_I18N = False
USE_TZ = True
TIME_ZONE = environment.time_zone()
DATE_FORMAT, TIME_FORMAT, DATETIME_FORMAT = "j M Y", "H:i", "j M Y, H:i"
vars().update(environment.email())
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.email_from()
STATIC_URL = "/static/"
STATIC_ROOT = environment.static_root()
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True  # works before collectstatic too, as in the demo
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.static_files.StaticFiles"},
}

# HTTPS
_https = urlsplit(SITE_URL).scheme == "https"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
# Preloading HSTS is a promise about the whole domain, which is its owner's to make.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.log_level()},
    # django-q2 names every task it ran, once a minute and more; its errors are enough.
    "loggers": {
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"level": "WARNING"},
    },
}

UNFOLD = look.UNFOLD
