"""The cause in an error text: what differs from job to job becomes a placeholder, what distinguishes causes stays.

A part that differs from job to job but not in what has to be fixed (an id, a count, a file name, the task, the model's
version) becomes a placeholder; a status code, an exception's class or a field's name stays.
`tests/analysis/test_error_text.py` has pairs of both kinds.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from itertools import dropwhile

from bandup.text_search import normal_form

MAX_CHARACTERS = 200
"""The maximum length of a cause; a longer text is cut at a word and ends in `…`."""

_MAX_READ = 20_000
_MAX_NESTED = 3
_BODY_LOOK_AHEAD = 300
_TRACEBACK = "Traceback (most recent call last):"

_MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*+"
_DAYS = "(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*+"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?:\ ?[ap]m)?(?:\ ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_DATE = (
    r"(?:\d{4}-\d\d-\d\d|\d{4}/\d\d/\d\d|\d{1,2}/\d{1,2}/\d{4}"
    rf"|\d{{1,2}}\ {_MONTHS}\ \d{{4}}|{_MONTHS}\ \d{{1,2}},?\ \d{{4}})"
)
_QUOTES = (
    r"`{3}(?:[^`]|`(?!``))*+(?:`{3}|\Z)",
    r'[bru]?"(?:[^"\\]|\\.?)*+(?:"|\Z)',
    r"[bru]?'(?=\S)(?:[^'\\]|\\.?|'(?=\w))*+(?:'|\Z)",
    r"`[^`]*+(?:`|\Z)",
    r"“[^”]*+(?:”|\Z)",
    r"‘[^’]*+(?:’|\Z)",
    r"«[^»]*+(?:»|\Z)",
)
_DURATION = r"(?:milliseconds?|millis|msecs?|ms|µs|seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h|days?|weeks?)"
_SIZE = r"(?:(?:kilo|mega|giga)?bytes?|[kmgt]i?b|b)"
_OTHER_UNIT = r"(?:[km]?hz|[km]?bps|px|dpi|db|wpm|[rw]cu)"
_SEGMENT = r"[\w.@%+~-]"

_TOKEN = re.compile(
    rf"""
    (?P<words> (?<![\w>=:])(?<![=:]\ ) (?: (?!{_MONTHS}|{_DAYS}) [^\W\d_]++[.;!?)]?\  )++ )
  | (?P<placeholder> <(?:address|duration|id|model|number|part|size|task|time|value)> )
  | (?P<quoted> (?<![\w>)\]]) (?:{"|".join(_QUOTES)}) )
  | (?P<body> \{{(?=\ ?["']) | \[(?=\ ?\{{) )
  | (?P<id> (?<!\w)(?:[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}} | (?:0x)?[0-9a-f]{{16,}})(?!\w|-\w) )
  | (?P<time> (?<!\w) (?:
        (?:{_DAYS},?\ )? {_DATE} (?:(?:T|,?\ ){_CLOCK})?
      | {_DAYS}\ {_MONTHS}\ +\d{{1,2}}\ {_CLOCK}\ \d{{4}}
      | \d{{8}}[T_-]?\d{{6}}Z?
      | {_CLOCK} ) (?!\w|-\w) )
  | (?P<address> (?<![\w>]) (?:
        [a-z][a-z0-9+.-]*+://[^\s"'<>`]*[^\s"'<>`.,;:!?)\]}}]
      | data:[\w/+.-]+;base64,[\w+/=]*
      | arn:aws[\w-]*:[^\s"'<>,;]*[\w*/]
      | [\w.+-]++@[\w-]+(?:\.[\w-]+)+
      | \d{{1,3}}(?:\.\d{{1,3}}){{3}}(?:[:/]\d+)?(?!\w)
      | (?=[a-f:]{{0,39}}\d)(?:[0-9a-f]{{0,4}}:){{3,7}}[0-9a-f]{{1,4}}(?!\w)
      | [a-z]:\\[^\s"'<>|]*
      | (?:~|\.{{1,2}})?/(?:{_SEGMENT}|/)*[\w@%+~-]/? ) )
  | (?P<model> (?<!\w) (?:models/)?
        (?:gemini|gemma|gpt|claude|whisper|llama|mistral|imagen|text-embedding)-[\w.-]*\w )
  | (?P<slashed> (?<!\w) {_SEGMENT}++(?:/{_SEGMENT}*)+=* )
  | (?P<duration> (?<![\w>)])[+-]?\d+(?:[.,]\d+)*(?:
        [\ -]?{_DURATION} | [md] | (?:[hm]\d+)+(?:\.\d+)?[ms] )(?!\w|-\w) )
  | (?P<size> \d+(?:[.,]\d+)*\ ?{_SIZE}(?!\w|-\w) )
  | (?P<number> (?:(?<![\w>)])[+-]?\.?)?\d+(?:[.,:x×/–-]\d+)*+(?:e[+-]?\d+)?
        (?:\ ?{_OTHER_UNIT}|x|k|st|nd|rd|th)?(?!\w|-\w) )
  | (?P<dotted> [\w@%+~-]++(?:\.[\w@%+~-]++)+ )
  | (?P<word> \w+(?:-\w+)* )
  | (?P<comma> ,\ ? )
  | (?P<other> . )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""A lexer: the first rule that matches is taken, and the last matches anything. Every rule takes linear time."""

_ERROR_KEY = re.compile(
    r"""["'](?:error|errors|errormessage|errortype|message|msg|detail|code|status|reason|__type)\\?["']\s?:""",
    re.IGNORECASE,
)
_AFTER_ERROR_KEY = re.compile(
    rf"{_ERROR_KEY.pattern}\s?\Z|\w(?:Error|Exception|Timeout)\(\Z|\b(?:client|server) error \Z|\bquota (?:metric|limit) \Z",
    re.IGNORECASE,
)
_AFTER_NAME_OF = re.compile(
    r"(?:KeyError|AttributeError|\b(?:fields?|keys?|parameters?|attributes?|arguments?|propert(?:y|ies)|columns?"
    r"|module(?: named)?))\W{1,3}\Z",
    re.IGNORECASE,
)
_BRACKETS = re.compile(rf"""(?P<quoted>(?<!\w)(?:{_QUOTES[1]}|{_QUOTES[2]}))|(?P<opens>[\[{{])|[\]}}]""")

_AFTER_CODE = re.compile(r"(?:errno|signal|exit(?: status)?|status|(?<!de)(?<!en)code)\W{0,4}\Z", re.IGNORECASE)
_AFTER_RESPONSE = re.compile(
    r"(?:\bhttp(?:/\d(?:\.\d)?)?|error|\bresponse|\breturned|\bresponded with|\banswered|\bfailed(?: with)?|\boccurred|\bindicate success)\W{0,4}\Z",
    re.IGNORECASE,
)
_STATUS_CODES = {str(status.value) for status in HTTPStatus} | {"499", "520", "521", "522", "523", "524", "529"}
_REASON = re.compile(
    r"[ :,.()-]*(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD)\ (?=https?:|<address>)|(?:(?:Client|Server|Unknown) Error|error responses?|"
    + "|".join(re.escape(status.phrase) for status in HTTPStatus)
    + r"|RESOURCE_EXHAUSTED|INVALID_ARGUMENT|PERMISSION_DENIED|NOT_FOUND|UNAVAILABLE|INTERNAL|UNAUTHENTICATED|ABORTED"
    r"|CANCELLED|DEADLINE_EXCEEDED|FAILED_PRECONDITION|ALREADY_EXISTS|OUT_OF_RANGE|UNIMPLEMENTED|DATA_LOSS|UNKNOWN)\b)",
    re.IGNORECASE,
)
_AFTER_EXCEPTION = re.compile(
    r"(?:(?<!\w)[A-Z]\w*[a-z][A-Z]\w*|Exception|"
    + "|".join(s.phrase for s in HTTPStatus if s.phrase.isalpha())
    + r"): \Z"
)
_AFTER_LEADING_CODE = re.compile(r"[)\]]?(?:\s*\Z|[:.,]|(?: -)? ?(?:[A-Z]|models/|<model>)|(?<=\])\s)")
_COUNTS = re.compile(r"[/%]| of\b| (?!(?:status|was|is|has|this)\b)[a-z]+s\b(?!/)")

_EXTENSION = re.compile(
    r".+\.(?:pdf|docx?|pptx?|xlsx?|txt|json|jsonl|py|mp3|mp4|wav|webm|m4a|ogg|oga|opus|flac|amr|3gpp?|aac|mov|png|jpe?g"
    r"|gif|heic|csv|zip|gz|parquet|tmp|log|html?|md|xml|ya?ml|part)",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|dev|aws|cloud|internal|local|localhost|edu|vn)", re.IGNORECASE
)
_QUOTA_METRIC = re.compile(r"[\w.-]+\.googleapis\.com/\w+\.?", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"(?:application|audio|image|text|video|multipart)/[\w.+-]+|HTTP/\d(?:\.\d)?", re.IGNORECASE)
_MODEL = re.compile(r"\d|[-_.](?:pro|flash|ultra|nano|lite|vision|audio|large|small|latest|preview)\b", re.IGNORECASE)
_TASK = re.compile(r"(?P<before>.*?[_-])?(?P<kind>task|part)[_-]?\d", re.IGNORECASE)
_TECHNICAL_NAME = re.compile(
    r"mp[234]|m4a|3gpp?2?|h26[45]|s3|ec2|v\d+(?:(?:alpha|beta|p)\d*)?|utf-?\d+|latin-?1|iso-8859-\d+|cp125\d"
    r"|windows-125\d|md5|sha-?\d+|hs256|rs256|base(?:16|32|64)|u?int\d+|float\d+|x86[-_]64|arm64|i\d86|ipv[46]|http2"
    r"|oauth2|tlsv1|k8s|p[0-9]{2}|python[23]|pypdf\d?|boto3|urllib3|httplib2|h11|h2|gpt4|3d|2d"
    r"|(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-[a-z]+)+-\d",
    re.IGNORECASE,
)
_CLASS = re.compile(r"[A-Z]\w*(?:Error|Errors|Exception|Warning|Timeout|Failure|Fault|Failed)(?:Error)?")
_COUNTED = re.compile(r"\d+(-(?:bit|byte|page|word|card|channel|token|character|minute|second)s?)", re.IGNORECASE)
_BEFORE_ID = re.compile(
    r"(?:(?:request|evaluation|session|set|user|student|document|job|trace|invocation)[ _-]?id|session|user|student)"
    r"\s?=\s?\Z|request[ _-]?id\s?:\s?\Z|\b(?:user|student|evaluation|session)(?: id)? \Z",
    re.IGNORECASE,
)
_NOT_AN_ID = {"none", "null", "undefined", "unknown", "anonymous", "nan"}
_PLURAL = re.compile(r"(<number> [^\W\d_]{2,}?)s\b")


def normalised(error_message: str) -> str:
    """The cause in an error text: variable parts as placeholders, white space folded, at most `MAX_CHARACTERS` long.

    Placeholders: `<id>` (UUIDs, request and session ids, hex, any other word that mixes letters and digits),
    `<number>`, `<duration>` and `<size>` (a number with its unit), `<value>` (quoted values, JSON other than the body
    of an error), `<address>` (URLs, ARNs, e-mail and IP addresses, hosts, paths, file names), `<time>`, `<task>` and
    `<part>` (`TASK_2`, `PART_1`), `<model>` (any version of a model). Several of one kind with commas between become one.

    Kept, because they show what to fix:

    - a status code: a number after `status`, `code`, `errno`, `signal` or `exit`; a known HTTP status after `HTTP`, `error`,
      `response`, `returned` or `failed`, before a reason phrase or what clients write in its place (`Client Error`, `POST
      https://…`), or at the beginning or after an exception's class, unless it counts things;
    - names that hold digits: exception classes, `S3`, `mp3`, `utf-8`, `us-east-1`, media types, API versions;
    - names in quotes: JSON's keys, and what follows `KeyError`, `field`, `parameter` and the like;
    - messages in quotes, normalised in turn: the values of `message`, `status`, `code` and the like in the JSON of an
      API's response, and an exception's text as in `ReadTimeout('…')`;
    - Google's quota metrics (`….googleapis.com/generate_content_requests`).

    Of a Python traceback only the exception is read.
    """
    text = error_message
    # Repeated, because a replacement can expose another pattern. Every round that changes something leaves fewer digits
    # or fewer characters outside placeholders, so this ends; one round is nearly always enough.
    while (rewritten := _cut(_rewritten(_folded(text)))) != text:
        text = rewritten
    return text


def spelling_key(cause: str) -> str:
    """The key of a cause: spellings may differ in case, a plural after a number and punctuation at the end."""
    return _PLURAL.sub(r"\1", normal_form(cause).casefold()).rstrip(" .!;:")


def _folded(text: str) -> str:
    """The first `_MAX_READ` characters of the text on one line, without the frames of a traceback."""
    before, mark, after = text.rpartition(_TRACEBACK)
    if mark:
        lines = dropwhile(lambda line: not line.strip() or line[0].isspace(), after.splitlines())
        if exception := "\n".join(lines):
            text = f"{before.partition(_TRACEBACK)[0]} {exception}"
    return " ".join(normal_form(text).split())[:_MAX_READ]


def _rewritten(text: str, nested: int = 0) -> str:
    """The text with its variable parts replaced; reading stops at the maximum length of a cause."""
    pieces: list[str] = []
    length = position = 0
    while position < len(text) and length <= MAX_CHARACTERS:
        token = _TOKEN.match(text, position)
        assert token is not None  # noqa: S101 - the lexer's last rule fits any character
        kind = str(token.lastgroup)
        position = token.end()
        if kind == "body":
            piece, position = _body(text, token.start())
        elif kind == "quoted":
            piece = _quoted(token, nested)
        else:
            piece = _REPLACEMENTS[kind](token) if kind in _REPLACEMENTS else _PLACEHOLDERS.get(kind, token[0])
        if len(pieces) > 1 and pieces[-1] in {",", ", "} and piece.startswith("<") and pieces[-2] == piece:
            length -= len(pieces.pop())
            continue
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)


def _cut(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text.strip()
    beginning = text[: MAX_CHARACTERS - 1]
    if not text[MAX_CHARACTERS - 1].isspace():
        whole_words = beginning.rpartition(" ")[0]
        beginning = whole_words if len(whole_words) > MAX_CHARACTERS // 2 else beginning
    return beginning.rstrip() + "…"


def _body(text: str, start: int) -> tuple[str, int]:
    """`<value>` and the end of a JSON text; for the body of an error only its bracket, so that the rest is read."""
    if _ERROR_KEY.search(text, start, start + _BODY_LOOK_AHEAD):
        return text[start], start + 1
    depth = 0
    for bracket in _BRACKETS.finditer(text, start):
        if bracket["quoted"] is None:
            depth += 1 if bracket["opens"] else -1
        if depth == 0:
            return "<value>", bracket.end()
    return "<value>", len(text)


def _quoted(token: re.Match[str], nested: int) -> str:
    """`<value>`, unless the quotation is a name or an error's message: see `normalised`."""
    text, quoted = token.string, token[0]
    opening = 3 if quoted.startswith("```") else 2 if quoted[0] in "bruBRU" else 1
    content = quoted[opening:]
    closing = quoted[opening - 1] if len(content) and content[-1] == _CLOSING.get(quoted[opening - 1]) else ""
    content = content[: -len(closing)] if closing else content
    before = text[max(0, token.start() - 40) : token.start()]
    is_key = re.match(r"\s?:", text[token.end() : token.end() + 2]) or text.startswith(" object", token.end())
    if (is_key or _AFTER_NAME_OF.search(before)) and _NAME.fullmatch(content):
        return quoted
    if nested < _MAX_NESTED and _AFTER_ERROR_KEY.search(before):
        return quoted[:opening] + _rewritten(content, nested + 1) + closing
    return "<value>"


def _address_or_words(token: re.Match[str]) -> str:
    """Words joined by slashes: an address if they look like a path, otherwise unchanged, as in `and/or`."""
    text = token[0]
    end = "." if text.endswith(".") else ""
    path = text.removesuffix(".")
    if re.fullmatch(r"\d+(?:/\d+)+", path):
        return "<number>" + end
    if _QUOTA_METRIC.fullmatch(text):
        return text
    if _EXTENSION.fullmatch(path):
        return "<address>" + end
    if _MEDIA_TYPE.fullmatch(path):
        return text
    if all(_TASK.fullmatch(word) for word in path.split("/")):
        return "/".join(_word(word) for word in path.split("/")) + end
    if path.count("/") > 1 or re.search(r"\d", path):
        return "<address>" + end
    return text


def _number(token: re.Match[str]) -> str:
    """A status code unchanged, any other number as a placeholder: `<id>` after a word such as `user`."""
    number, text = token[0], token.string
    before = text[max(0, token.start() - 24) : token.start()]
    if re.fullmatch(r"-?\d{1,5}", number) and not _COUNTS.match(text, token.end()):
        if _AFTER_CODE.search(before):
            return number
        if number in _STATUS_CODES and (
            _AFTER_RESPONSE.search(before)
            or _REASON.match(text, token.end())
            or (
                (before in {"", "(", "["} or _AFTER_EXCEPTION.search(before))
                and number >= "400"
                and _AFTER_LEADING_CODE.match(text, token.end())
            )
        ):
            return number
    return "<id>" if _BEFORE_ID.search(before) else "<number>"


def _dotted(token: re.Match[str]) -> str:
    """A file or host name as an address, anything else word by word, as in `PyPDF2.errors.PdfReadError`."""
    text = token[0]
    if _EXTENSION.fullmatch(text) or _HOST.fullmatch(text):
        return "<address>"
    return ".".join(_word(word) for word in text.split("."))


def _plain_word(token: re.Match[str]) -> str:
    word = token[0]
    before = token.string[max(0, token.start() - 24) : token.start()]
    if before.rstrip().endswith(("=", ":")) and word.lower() not in _NOT_AN_ID and _BEFORE_ID.search(before):
        return "<id>"
    return _word(word)


def _word(word: str) -> str:
    """A word, unchanged if it has no digits or is a technical name; any other word with digits is an id."""
    if not re.search(r"\d", word):
        return word
    if task := _TASK.fullmatch(word):
        return f"{task['before'] or ''}<{task['kind'].lower()}>"
    if counted := _COUNTED.fullmatch(word):
        return f"<number>{counted[1]}"
    if word.isdigit():
        return "<number>"
    if _TECHNICAL_NAME.fullmatch(word) or _CLASS.fullmatch(word):
        return word
    if "-" in word and all(not re.search(r"\d", part) or _TECHNICAL_NAME.fullmatch(part) for part in word.split("-")):
        return word
    return "<id>"


_NAME = re.compile(r"[A-Za-z_][A-Za-z_.]{0,39}")
_CLOSING = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "«": "»"}
_PLACEHOLDERS = {kind: f"<{kind}>" for kind in ("id", "time", "address", "duration", "size")}
_REPLACEMENTS: dict[str, Callable[[re.Match[str]], str]] = {
    "model": lambda token: "<model>" if _MODEL.search(token[0]) else token[0],
    "slashed": _address_or_words,
    "number": _number,
    "dotted": _dotted,
    "word": _plain_word,
}
