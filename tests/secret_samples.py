"""Secrets of many kinds, none of them real: built by rules, so that no scanner takes them for one.

for text, secret in samples(): ...
"""

import base64
import random
import string
from collections.abc import Iterator

LETTERS = string.ascii_letters + string.digits


def body(length: int, letters: str = LETTERS, seed: int = 0) -> str:
    """Random letters, the same at every call, with a digit early on where the letters have digits."""
    chosen = random.Random(f"{length}{letters}{seed}").choices(letters, k=length)
    if any(letter.isdigit() for letter in letters):
        chosen[2] = next(letter for letter in letters if letter.isdigit())
    return "".join(chosen)


HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits
ISSUED = {
    "sk-": 48,
    "sk-proj-": 48,
    "sk-ant-api03-": 80,
    "sk-or-v1-": 64,
    "sk-lf-": 36,
    "gsk_": 52,
    "hf_": 34,
    "xai-": 80,
    "pplx-": 48,
    "tvly-": 32,
    "tvly-dev-": 32,
    "pcsk_": 60,
    "nvapi-": 64,
    "jina_": 60,
    "r8_": 37,
    "fw_": 24,
    "lsv2_pt_": 32,
    "ghp_": 36,
    "gho_": 36,
    "ghs_": 36,
    "github_pat_": 82,
    "glpat-": 20,
    "glrt-": 20,
    "npm_": 36,
    "pypi-AgEIcHlwaS5vcmc": 60,
    "rubygems_": 48,
    "dckr_pat_": 27,
    "xoxb-123456789012-": 24,
    "xoxp-": 40,
    "xapp-1-A0": 40,
    "secret_": 43,
    "ntn_": 46,
    "lin_api_": 40,
    "figd_": 40,
    "PMAK-": 59,
    "whsec_": 32,
    "sk_live_": 24,
    "rk_test_": 24,
    "key-": 32,
    "pat-na1-": 36,
    "xkeysib-": 64,
    "GOCSPX-": 28,
    "ya29.": 60,
    "hvs.": 24,
    "hvb.": 60,
    "dp.st.": 40,
    "dp.pt.": 43,
    "dop_v1_": 64,
    "sbp_": 40,
    "nfp_": 36,
    "pscale_tkn_": 43,
    "glsa_": 41,
    "sntrys_": 60,
    "NRAK-": 27,
    "shpat_": 32,
    "shpss_": 32,
    "sq0atp-": 22,
    "sqp_": 40,
    "CFPAT-": 43,
    "ATATT3x_": 60,
    "re_": 32,
    "AIza": 35,
    "EAAC": 70,
    "AKIA": 16,
    "ASIA": 16,
    "LTAI": 20,
    "dapi": 32,
    "1//0": 43,
    "AGE-SECRET-KEY-1": 58,
}
"""What keys of an issuer begin with, and how many letters follow."""

NAMED = (
    "Passwort:",
    "Kennwort =",
    "mot de passe :",
    "contraseña:",
    "senha:",
    "wachtwoord:",
    "hasło:",
    "lösenord:",
    "adgangskode:",
    "passord:",
    "salasana:",
    "heslo:",
    "jelszó:",
    "parolă:",
    "пароль:",
    "密码：",
    "パスワード：",
    "비밀번호:",
    "كلمة المرور:",
    "סיסמה:",
    "पासवर्ड:",
    "mật khẩu:",
    "şifre:",
    "κωδικός:",
    "Schlüssel:",
    "API-Schlüssel:",
    "Geheimnis:",
    "clé :",
    "jeton :",
    "llave:",
    "clave =",
    "secreto:",
    "chiave:",
    "segreto:",
    "chave:",
    "segredo:",
    "sleutel:",
    "geheim:",
    "klucz:",
    "nyckel:",
    "avain:",
    "ключ:",
    "секрет:",
    "токен:",
    "密钥：",
    "トークン:",
    "password:",
    "PASSWORD=",
    "db.password =",
    "DB_PASS=",
    "SMTP_PASS =",
    "pass:",
    "pw=",
    "pwd:",
    "PGPASSWORD=",
    "secret:",
    "client_secret =",
    "token:",
    "access_token=",
    "api key:",
    "x-api-key:",
    "Ocp-Apim-Subscription-Key:",
    "signing_key=",
    "LICENSE_KEY=",
    "AccountKey=",
    "SharedAccessKey=",
    "aws_secret_access_key =",
    "TWILIO_AUTH_TOKEN=",
    "CF_API_TOKEN=",
    "authorization:",
    "Das Passwort lautet",
    "le mot de passe est",
    "la contraseña es",
    "the password is",
    "my token is",
    "**Password:**",
    "`password`:",
    "| Passwort |",
    "'password' =>",
    "export TOKEN=",
    "--password",
    "--token",
    "--api-key=",
    "machine h.example login ann password",
)
"""Words before a secret that has no shape of its own."""

AROUND = {
    "json": '{{"token": "{}"}}',
    "json secret": '{{"secret":"{}"}}',
    "json auth": '{{"auth_token" : "{}", "n": 1}}',
    "escaped": '{{\\"password\\": \\"{}\\"}}',
    "yaml": "password: '{}'",
    "quoted": 'password="{}"',
    "xml": "<password>{}</password>",
    "xml namespace": '<x:apiKey id="1">{}</x:apiKey>',
    "attribute": '<add key="password" value="{}"/>',
    "query": "https://h.example/x?api_key={}&q=1",
    "sas": "https://h.example/c?sv=2022&sig={}",
    "fragment": "/cb?a=1&access_token={}",
    "amazon": "https://b.example/k?X-Amz-Signature={}",
    "google": "https://m.example/api?key={}",
    "code": "/callback?code={}&state=1",
    "in address": "https://{}@git.example/x.git",
    "user": "postgres://ann:{}@db.example/x",
    "redis": "redis://:{}@db.example",
    "at sign": "postgres://ann:p@{}@db.example/x",
    "basic user": "https://{}:x-oauth-basic@git.example",
    "cookie": "Cookie: theme=dark; session={}",
    "set-cookie": "Set-Cookie: sid={}; Path=/; HttpOnly",
    "bearer": "Authorization: Bearer {}",
    "token header": "Authorization: token {}",
    "bare bearer": "curl -H 'bearer {}'",
    "curl": "curl -s -u ann:{} https://h.example",
    "mysql": "mysql -h db -u ann -p{} shop",
    "sshpass": "sshpass -p {} ssh ann@h",
    "redis-cli": "redis-cli -h db -a {}",
    "docker": "docker login -u ann -p {} r.example",
    "telegram": "bot 123456789:AA{}",
    "sas header": "SharedAccessSignature sr=x&sig={}",
    "slack": "https://hooks.slack.com/services/T00/B00/{}",
    "discord": "https://discord.com/api/webhooks/123456789012345678/{}",
    "sentry": "https://{}@o1.ingest.example/2",
    "twilio": "SK{}",
    "azure client": "abc8Q~{}",
    "words in quotes": 'password: "{} 7x"',
}
"""A secret and what stands around it."""

LENGTHS = {"telegram": 33, "azure client": 34, "twilio": 32, "discord": 68}
DIGITS = {"twilio": HEX, "sentry": HEX}


def samples() -> Iterator[tuple[str, str]]:
    """Texts with a secret in each, and the secret."""
    for prefix, length in ISSUED.items():
        letters = UPPER if prefix[:4] in ("AKIA", "ASIA", "AGE-") else HEX if prefix == "dapi" else LETTERS
        secret = prefix + body(length, letters)
        yield f"use {secret} for it", secret
    for number, words in enumerate(NAMED):
        secret = body(14, seed=number)
        yield f"{words} {secret}", secret
    for kind, text in AROUND.items():
        secret = body(LENGTHS.get(kind, 24), DIGITS.get(kind, LETTERS))
        yield text.format(secret), secret
    yield from _others()


def _others() -> Iterator[tuple[str, str]]:
    parts = [body(20), body(30), body(43)]
    yield f"eyJ{parts[0]}.eyJ{parts[1]}.{parts[2]}", f"eyJ{parts[0]}.eyJ{parts[1]}.{parts[2]}"
    yield f"SG.{body(22)}.{body(43)}", f"SG.{body(22)}.{body(43)}"
    yield f"M{body(23)}.{body(6)}.{body(38)}", body(38)
    yield f"AKIA{body(16, UPPER)} {body(40)}", body(40)
    basic = base64.b64encode(f"ann:{body(9)}".encode()).decode()
    yield f"Authorization: Basic {basic}", basic
    yield f"passed as Basic {basic} before", basic
    yield "PIN: 4711", "4711"
    yield "Passphrase: correct horse battery staple", "correct horse battery staple"
    yield f"PuTTY\nPrivate-Lines: 2\n{body(64)}\n{body(30)}", body(30)
    lines = "\n".join(body(64, seed=number) for number in range(5))
    for kind in ("", "RSA ", "OPENSSH ", "EC ", "ENCRYPTED "):
        begin = f"-----BEGIN {kind}PRIVATE " + "KEY-----"
        yield f"{begin}\n{lines}\n{begin.replace('BEGIN', 'END')}\nafter", lines
        yield f"{begin}\n{lines}\n", lines
        yield f"{begin}\\n{body(64)}\\n{body(20)}==", body(64)


PROSE = """
The password is stored in the safe. The password is required. Token: see page 5. Token: siehe Seite 5.
Passwort vergessen? Passwort: vergessen? Hier klicken. Das Passwort ist im Tresor, und der Schlüssel steckt.
Passwort: mindestens zwölf Zeichen. Password: 8-20 characters. The secret is the cat's. Secret: nobody knows it.
Schlüssel: siehe Seite 15. Geheimnis: das weiß niemand. Der Schlüssel ist 12 cm lang. Schlüssel: 2024.
Mot de passe oublié ? Mot de passe : voir page 5. La clé est sous le paillasson. Clé : voir chapitre 12.
¿Olvidó su contraseña? La contraseña es secreta. Clave: véase la página 5. La clave del éxito es el trabajo.
La chiave è sotto lo zerbino. Chiave: vedi pagina 5. A chave está na porta. Senha: veja a página 5.
The token is embedded, the key and value vectors follow. Tokens: 12345, a secret garden. token_count: 12345
A bearer certificate, the standard-bearer approached. Basic understanding is enough; basic arithmetic, Basic English.
Cookie: chocolate chip. Cookies are eaten at 5 pm. He passed the pass: 12 of 20 came. Pin: 13 mm. pass: 97 percent
https://example.org/a:b@c https://ann@example.org/x ssh://git@host.example/x http://host:8080/a@b
f47ac10b-58cc-4372-a567-0e02b2c3d479 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
risk-based-approach-2-of-the-year task-management-software-2024-edition a state-of-the-art-2024-solution
sha256-0123456789abcdef hf_transformers_are_good
password: ******** api_key: <your-key> token=${TOKEN} secret: [secret]
密码：请参阅第五页 пароль: смотри страницу 5 Пароль забыт? ключ: см. стр. 12 <label for="password">Password</label>
The authorization: granted. Authorization: required by law. password: string, token: None, secret = null
curl -u is an option. docker run -p 8080:80 x. mysql -p asks. Use --password to give it, or the --token flag alone.
""".strip().splitlines()
"""Lines that speak of secrets and hold none."""
