"""API keys of model providers: from the environment, or kept in the system's keyring; never shown again.

The keyring is the Keychain of macOS, the Secret Service of a Linux desktop, or what `keyring` finds beside them. Where
there is none (a server, a container), keys come from the environment alone, and `why_not_kept` says so.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import SecretStr

from vademecum.core.errors import SettingsError
from vademecum.core.settings import environment_names

SERVICE = "vademecum"
"""What our entries in the keyring are filed under."""

SERVER = "server"
"""The key of a model that is named by its URL."""

VARIABLES: Mapping[str, str] = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "groq": "GROQ_API_KEY",
    SERVER: "VADE_MODEL_KEY",
}
"""Whose keys can be kept, by LangChain's names of providers, each with the variable that outweighs the keyring."""

MAX_CHARS = 1000
"""Longest key: what is longer was pasted by mistake."""

Origin = Literal["environment", "keyring", "none"]


class Key(NamedTuple):
    """Where the key of a provider comes from; never the key."""

    provider: str
    variable: str
    origin: Origin


def providers() -> list[Key]:
    """Every provider whose key can be kept, and where its key comes from now."""
    return [Key(provider, variable, _origin(provider, variable)) for provider, variable in VARIABLES.items()]


def key_of(provider: str) -> SecretStr | None:
    """The key that the keyring holds; None where there is none, or where the environment has one, which comes first."""
    variable = VARIABLES.get(provider)
    if variable is None or variable in environment_names(variable):
        return None
    import keyring
    from keyring.errors import KeyringError

    try:
        key = keyring.get_password(SERVICE, provider)
    except KeyringError:  # none there, or locked: the provider then says that it lacks a key
        return None
    return SecretStr(key) if key else None


def keep(provider: str, key: str) -> None:
    """Keep a key in the system's keyring, in place of the one it may hold.

    Raises:
        SettingsError: no such provider, nothing that could be a key, or no keyring that keeps it.
    """
    import keyring
    from keyring.errors import KeyringError

    _require_known(provider)
    if not key.strip() or len(key) > MAX_CHARS or not key.strip().isprintable() or " " in key.strip():
        raise SettingsError(f"that is no API key; paste the one of {provider}, a single word")
    if reason := why_not_kept():
        raise SettingsError(f"{reason}; set {VARIABLES[provider]} in the environment instead")
    try:
        keyring.set_password(SERVICE, provider, key.strip())
    except KeyringError as error:
        kind = type(error).__name__
        raise SettingsError(
            f"the system's keyring does not keep the key ({kind}); unlock it, or set {VARIABLES[provider]} instead"
        ) from error


def forget(provider: str) -> None:
    """Remove the key from the keyring, where it holds one.

    Raises:
        SettingsError: no such provider, or the keyring is locked.
    """
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    _require_known(provider)
    try:
        keyring.delete_password(SERVICE, provider)
    except PasswordDeleteError:  # it held none
        return
    except KeyringError as error:
        raise SettingsError(f"the system's keyring does not let go of the key ({type(error).__name__})") from error


def why_not_kept() -> str:
    """Why no key can be kept on this machine, in words; empty where one can."""
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    none = isinstance(backend, fail.Keyring | null.Keyring)
    return "this machine has no keyring that could keep keys" if none else ""


def _origin(provider: str, variable: str) -> Origin:
    if variable in environment_names(variable):
        return "environment"
    return "keyring" if key_of(provider) else "none"


def _require_known(provider: str) -> None:
    if provider not in VARIABLES:
        raise SettingsError(f"no provider named {provider!r}; there are: {', '.join(VARIABLES)}")
