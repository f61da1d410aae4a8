"""Settings, read once at start-up from the environment, else from ``$TREIZE_HOME/env``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit


class MissingSettingError(RuntimeError):
    """A setting without a safe default is absent: the portal does not start."""


@dataclass(frozen=True)
class Settings:
    """What differs between one installation and another.

    ``owner_database_url`` is used by migrations and the guide's publication alone.
    """

    secret_key: str
    database_url: str
    redis_url: str
    storage_url: str
    #: Wraps the keys of all files: 32 bytes in base64, kept outside the database.
    master_key: str
    owner_database_url: str | None = None
    smtp_url: str | None = None
    mail_sender: str = "Treize <ne-pas-repondre@treize.example>"
    public_url: str = "http://127.0.0.1:8000"
    environment: str = "production"
    #: Memory of one password hash, in KiB; tests make it small.
    password_memory_kib: int = 19_456
    #: Secrets that ``secret_key`` replaced: still good to read what they made.
    former_secret_keys: tuple[str, ...] = ()
    #: Master keys that ``master_key`` replaced, until ``flask vault rewrap`` has been run.
    former_master_keys: tuple[str, ...] = ()
    #: Where clamd listens, ``tcp://host:3310`` or ``unix:///path``; none, and no virus is sought.
    clamav_url: str | None = None
    #: Pro Santé Connect; without an issuer there is no such button.
    psc_issuer: str | None = None
    psc_client_id: str = ""
    psc_client_secret: str = ""

    #: Names besides that of ``public_url`` under which requests are answered.
    other_hosts: tuple[str, ...] = ()
    #: Where faults in security are told of (RFC 9116): begins with mailto: or https:.
    security_contact: str = ""
    #: Whom people write to about what is kept about them (GDPR, articles 13 and 30).
    data_protection_contact: str = ""
    #: How many proxies of ours stand in front; none: what ``X-Forwarded-…`` says is ignored.
    trusted_proxies: int = 0
    #: Where workers keep the keys that they make for themselves.  Web processes need not read it.
    keys: Path = Path(".local/keys")
    #: The certificate that seals documents, with its key and its chain (PKCS#12).
    seal_pkcs12: Path | None = None
    seal_passphrase_file: Path | None = None
    #: The library (PKCS#11) of the device that holds the key instead, the labels of the token and
    #: of the key, the file with the PIN; and the certificates (PEM), the seal's own first.
    seal_pkcs11_module: Path | None = None
    seal_pkcs11_token: str = ""
    seal_pkcs11_key: str = ""
    seal_pkcs11_pin_file: Path | None = None
    seal_certificates: Path | None = None
    #: Whether that certificate is a qualified one (eIDAS): documents say so then, and only then.
    seal_qualified: bool = False
    #: Where times are told by a third party (RFC 3161).
    tsa_url: str | None = None
    #: The certificates (PEM) that its tokens are believed by: what a seal that lasts needs besides.
    tsa_roots: Path | None = None
    #: Let the development authority seal in production too: documents of trial alone.
    development_seal: bool = False

    #: What a monitor says to read ``/metrics``; empty: there are no figures to be had.
    metrics_token: str = ""
    #: The address that messages come back to, and what a mail service says to tell of returns.
    mail_returns: str = ""
    mail_webhook_token: str = ""
    #: The private key (PEM) that signs messages, where its other half stands: selector, domain.
    dkim_key_file: Path | None = None
    dkim_selector: str = "treize"
    dkim_domain: str = ""

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({urlsplit(self.public_url).netloc, *self.other_hosts})

    @property
    def secure(self) -> bool:
        """Whether browsers reach the portal by HTTPS alone."""
        return self.public_url.startswith("https:")

    @property
    def development(self) -> bool:
        return self.environment == "development"

    @property
    def sender_domain(self) -> str:
        """The domain that messages are signed for: the sender's, unless another is named."""
        return self.dkim_domain or parseaddr(self.mail_sender)[1].rpartition("@")[2]

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        known = {**_home_file(env), **env}
        required = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "STORAGE_URL", "MASTER_KEY")
        if missing := [name for name in required if not known.get(name)]:
            raise MissingSettingError(
                f"Not set: {', '.join(missing)}. Beside a portal that `make run` started, set"
                " TREIZE_HOME to its data directory: its file env has them."
            )
        return cls(
            secret_key=known["SECRET_KEY"],
            database_url=known["DATABASE_URL"],
            redis_url=known["REDIS_URL"],
            storage_url=known["STORAGE_URL"],
            master_key=known["MASTER_KEY"],
            owner_database_url=known.get("OWNER_DATABASE_URL") or None,
            smtp_url=known.get("SMTP_URL") or None,
            mail_sender=known.get("MAIL_SENDER", cls.mail_sender),
            public_url=known.get("PUBLIC_URL", cls.public_url).rstrip("/"),
            environment=known.get("TREIZE_ENV", cls.environment),
            password_memory_kib=int(known.get("PASSWORD_MEMORY_KIB", cls.password_memory_kib)),
            other_hosts=tuple(known.get("OTHER_HOSTS", "").split()),
            security_contact=known.get("SECURITY_CONTACT", ""),
            data_protection_contact=known.get("DATA_PROTECTION_CONTACT", ""),
            trusted_proxies=int(known.get("TRUSTED_PROXIES") or 0),
            metrics_token=known.get("METRICS_TOKEN", ""),
            mail_returns=known.get("MAIL_RETURNS", ""),
            mail_webhook_token=known.get("MAIL_WEBHOOK_TOKEN", ""),
            dkim_key_file=_path(known, "DKIM_KEY_FILE"),
            dkim_selector=known.get("DKIM_SELECTOR", cls.dkim_selector),
            dkim_domain=known.get("DKIM_DOMAIN", ""),
            former_secret_keys=tuple(known.get("FORMER_SECRET_KEYS", "").split()),
            former_master_keys=tuple(known.get("FORMER_MASTER_KEYS", "").split()),
            clamav_url=known.get("CLAMAV_URL") or None,
            psc_issuer=known.get("PSC_ISSUER") or None,
            psc_client_id=known.get("PSC_CLIENT_ID", ""),
            keys=Path(known.get("KEYS_DIR") or Path(known.get("TREIZE_HOME", ".local")) / "keys"),
            seal_pkcs12=_path(known, "SEAL_PKCS12"),
            seal_passphrase_file=_path(known, "SEAL_PASSPHRASE_FILE"),
            seal_pkcs11_module=_path(known, "SEAL_PKCS11_MODULE"),
            seal_pkcs11_token=known.get("SEAL_PKCS11_TOKEN", ""),
            seal_pkcs11_key=known.get("SEAL_PKCS11_KEY", ""),
            seal_pkcs11_pin_file=_path(known, "SEAL_PKCS11_PIN_FILE"),
            seal_certificates=_path(known, "SEAL_CERTIFICATES"),
            seal_qualified=known.get("SEAL_QUALIFIED") == "1",
            tsa_url=known.get("TSA_URL") or None,
            tsa_roots=_path(known, "TSA_ROOTS"),
            development_seal=known.get("DEVELOPMENT_SEAL") == "1",
            psc_client_secret=known.get("PSC_CLIENT_SECRET", ""),
        )


def _path(known: Mapping[str, str], name: str) -> Path | None:
    return Path(known[name]) if known.get(name) else None


def _home_file(env: Mapping[str, str]) -> dict[str, str]:
    path = Path(env.get("TREIZE_HOME", ".local")) / "env"
    if not path.is_file():
        return {}
    lines = (line.partition("=") for line in path.read_text("utf-8").splitlines())
    return {name: value for name, sign, value in lines if sign}
