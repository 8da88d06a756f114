"""Secrets that are known by their shape alone: keys as their issuers make them, in headers, addresses and commands.

Whole documents are read, several times a run, and anyone may have written them. So every rule takes a time that grows
as the text does: a repetition is bounded, or what it took is not read again.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]
"""Start and end, in characters."""

PREFIXES = (
    "sk- sk_ rk_ pk- sk-lf- sk-or- gsk_ hf_ xai- pplx- tvly- pcsk_ nvapi- jina_ fc- r8_ fw_ e2b_ lsv2_ ls__ "  # models
    "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glcbt- glptt- ATBB- npm_ pypi- rubygems_ dckr_pat_ "
    "xoxb- xoxp- xoxa- xoxr- xoxs- xoxe. xapp- secret_ ntn_ lin_api_ lin_oauth_ figd_ PMAK- whsec_ re_ key- pat-na1- "
    "SG. xkeysib- GOCSPX- ya29. hvs. hvb. hvr. atlasv1. dp.st. dp.pt. dp.ct. dp.sa. dp.scim. dp.audit. "
    "dop_v1_ doo_v1_ dor_v1_ sbp_ sb_secret_ nfp_ vcp_ pscale_pw_ pscale_tkn_ glsa_ glc_ sntrys_ sntryu_ NRAK- NRJS- "
    "shpat_ shpca_ shppa_ shpss_ sq0atp- sq0csp- sqp_ sgp_ CFPAT- dt0c01. AGE-SECRET-KEY- FlyV1- ops_ pul- v1.0- "
    "access-sandbox- access-production- EAAC_ LTAI_ rdme_ tfp_ cfut_ cfat_ napi_ ATATT3x_ fio-u- FLWSECK- FLWSECK_TEST-"
).split()
"""What keys begin with; each ends in a mark, where the search for it begins: one search for all of them."""


def _issued() -> re.Pattern[str]:
    """After one of the prefixes: sixteen letters or more with a digit among them, and parts that dots divide."""
    begins = "|".join(
        rf"(?<={re.escape(prefix)})" + (rf"(?<![A-Za-z0-9]{re.escape(prefix)})" if len(prefix) < 6 else "")
        for prefix in PREFIXES
    )
    return re.compile(
        rf"[_.-](?=[\w-]{{16}})(?:{begins})(?=[A-Za-z_-]{{0,40}}\d)[\w-]++(?:\.[\w-]{{8,}}+){{0,3}}", re.A
    )


_ISSUED = _issued()

_SHAPES = {
    "a": r"A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{16}(?:[^A-Za-z0-9/+]{1,20}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=]))?(?![0-9A-Za-z])",
    "aiza": r"AIza[0-9A-Za-z_-]{35}",
    "ltai": r"LTAI[0-9A-Za-z]{16,30}(?![0-9A-Za-z])",
    "atatt3": r"ATATT3[\w=-]{50,}",
    "eaa": r"EAA[A-Z][0-9A-Za-z]{60,}",
    "1//0": r"1//0[\w-]{30,}",
    "dapi": r"dapi[0-9a-f]{32}",
    "sk": r"SK[0-9a-f]{32}(?![0-9a-z])",
    ":aa": r":AA[\w-]{32,35}(?![\w-])",
    "q~": r"Q~[\w.~-]{31,34}",
    "b3blbnnzac1rzxktdje": r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\s]{0,9000}",
    "hooks.": r"hooks\.slack\.com/services/()[A-Za-z0-9/]{16,}",
    "api/webhooks/": r"api/webhooks/\d{5,25}/()[\w-]{30,}",
    "bearer": r"earer(?i:(?<=bearer))(?:\s{1,4}|%20)()(?=[A-Za-z_~+/-]{0,60}(?:\d|\.\w))[\w.~+/-]{10,}={0,2}",
    "basic": r"asic(?i:(?<=basic))\s{1,4}()(?=[A-Za-z0-9+/]{0,40}(?:\d|=|[a-z][A-Z]))"
    r"(?=[a-z0-9+/]{0,40}[A-Z])[\w+/-]{12,}={0,2}",
    "cookie": r"ookie(?i:(?<=cookie))[\"']?\s{0,3}[:=]\s{0,3}[\"']?[\w.-]{1,64}=()[^\r\n\"']{4,}",
    "sharedaccesssignature": r"(?i:sharedaccesssignature)\s{1,3}()[^\s\"']{8,}",
    "private-lines": r"Private-Lines: \d{1,3}\s{1,2}()[A-Za-z0-9+/=\s]{16,9000}",
    "curl": r"curl\b[^\n]{0,200}?\s(?:-u|--user|--proxy-user)[\s=]{0,2}[\"']?[^\s:\"']{1,80}:()[^\s\"']{2,}",
    "mysql": r"mysql(?:dump|admin|import)?\b[^\n]{0,200}?\s-p()[^\s\"'-][^\s\"']{2,}",
    "sshpass": r"sshpass\s{1,4}-p\s{0,4}[\"']?()[^\s\"']{3,}",
    "redis-cli": r"redis-cli\b[^\n]{0,120}?\s-a\s{1,4}[\"']?()[^\s\"']{3,}",
    "docker": r"docker\s{1,4}login\b[^\n]{0,120}?\s-p\s{1,4}[\"']?()[^\s\"']{3,}",
    "login": r"login\s{1,8}\S{1,80}\s{1,8}(?i:password)\s{1,8}()\S{3,}",
}
"""The other shapes, by what must be in a text, in small letters, for one to be there; a secret begins at the group."""

_PATTERNS = [(clue, re.compile(pattern)) for clue, pattern in _SHAPES.items()]

_DISCORD = re.compile(r"\.(?<=[\w-]{23}\.)[\w-]{6}\.[\w-]{27,40}(?![\w-])")
"""Behind the bot's own number, which is known to all."""

_JWT = re.compile(r"eyJ[\w-]++(?P<rest>\.eyJ[\w-]++\.[\w-]*+)?")
"""What begins like one is passed over as a whole."""

_ADDRESS = re.compile(
    r"""://(?: (?P<user>[^:@/\s"'<>]{0,200}) :(?P<password>[^/\s"'<>]{1,500})(?=@)
    | (?P<token>(?=[\w.~%+-]{0,60}\d)[\w.~%+-]{16,500})(?=@))""",
    re.VERBOSE,
)

_QUERY = re.compile(
    r"""[?&;](?:amp;)?(?:sig|signature|hmac|x-amz-signature|x-amz-security-token|x-goog-signature|key|apikey|auth|code
    |otp|sid|session|sessionid|jwt|ticket|pass|pw|pwd|hash)=()(?=[^&\#\s"'<>]{0,60}\d)[^&\#\s"'<>]{6,}""",
    re.IGNORECASE | re.VERBOSE,
)

_PEM = re.compile(r"-----BEGIN (?:[A-Z0-9 ]{1,40} )?PRIVATE KEY(?: BLOCK)?-----")
_PEM_LINES = re.compile(
    r"(?:(?:\\[nr]|\s){0,8}(?:[A-Za-z0-9+/=]{16,}+|[A-Z][\w-]{2,20}: [^\n]{0,200}\n))*+(?:\s?[\w+/]+=+)?"
)
"""What is left of a key whose end is missing."""


def shaped(text: str, small: str) -> Iterator[Span]:
    """Where secrets stand that are known by their shape; `small` is the text in small letters."""
    for match in _ISSUED.finditer(text):
        yield _begin(text, match.start()), match.end()
    for clue, pattern in _PATTERNS:
        if clue in small:
            yield from (_group(match) for match in pattern.finditer(text))
    yield from (match.span() for match in _DISCORD.finditer(text))
    if "eyJ" in text:
        yield from (match.span() for match in _JWT.finditer(text) if match["rest"])
    if "=" in text:
        yield from (_group(match) for match in _QUERY.finditer(text))
    if "://" in text:
        yield from _in_addresses(text)
    if "-----BEGIN" in text:
        yield from _pem(text)


def _group(match: re.Match[str]) -> Span:
    return (match.start(1) if match.re.groups else match.start()), match.end()


def _begin(text: str, mark: int) -> int:
    """Where the prefix begins that ends at the mark."""
    ends = [prefix for prefix in PREFIXES if text.endswith(prefix, 0, mark + 1)]
    return mark + 1 - max(map(len, ends))


def _in_addresses(text: str) -> Iterator[Span]:
    """Passwords in `https://ann:PASSWORD@host`, and tokens in the place of the user."""
    for match in _ADDRESS.finditer(text):
        if match["token"]:
            yield match.span("token")
            continue
        yield match.span("password")
        if len(match["user"]) >= 16 and any(letter.isdigit() for letter in match["user"]):
            yield match.span("user")


def _pem(text: str) -> Iterator[Span]:
    """Private keys to their ends, or as far as they go where that was cut off."""
    place, end = 0, 0
    while begin := _PEM.search(text, place):
        if 0 <= end < begin.end():
            end = text.find("-----END", begin.end())
        stop = text.find("-----", end + 8) + 5 if end >= 0 else 0
        if stop < 5 or end > begin.end() + 20_000:
            lines = _PEM_LINES.match(text, begin.end())
            stop = lines.end() if lines else begin.end()
        yield begin.start(), stop
        place = stop
