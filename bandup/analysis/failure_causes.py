"""Failures grouped by cause: one cause is one thing to mend, however many jobs it hit.

The rule throughout: what differs from job to job and changes nothing about the mending (an id, a count, a name of a
file, the task, the model's version) becomes a placeholder; what tells one thing to mend from another (a status code,
an exception's class, a field's name) stays. `tests/analysis/test_failure_causes.py` holds the pairs either way.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from itertools import dropwhile

import pandas as pd

from bandup.analysis.states import UNKNOWN_USERS, State
from bandup.memo import memoized
from data.flags import Flag
from data.schema import FLASHCARD

MOST_CHARACTERS = 200
"""A cause is at most so long; a longer text is cut at a word and ends in `…`."""

MOST_SAMPLES = 3

NO_MESSAGE = "failed without a message"
NOT_CAUGHT = "left at processing by an error that was not caught"
BAND_ERROR = "completed with the band “error”"
NO_BAND = "completed without an overall band"
NO_CARD = "completed without a readable card"
DEFAULT_ANSWER = "the grader’s default answer, passed off as a grade"
NO_STATUS = "status is none that the functions write"

CAUSE_COLUMNS = (
    "cause",
    "state",
    "jobs",
    "share",
    "first",
    "last",
    "undated",
    "students",
    "types",
    "models",
    "samples",
)

_MOST_READ = 20_000
_MOST_NESTED = 3
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
"""A lexer: the first rule that fits wins, and the last fits anything.

Every rule takes time linear in what it reads, and reading ends as soon as the cause is long enough.
"""

_TELLING_KEY = re.compile(
    r"""["'](?:error|errors|errormessage|errortype|message|msg|detail|code|status|reason|__type)\\?["']\s?:""",
    re.IGNORECASE,
)
_AFTER_TELLING = re.compile(
    rf"{_TELLING_KEY.pattern}\s?\Z|\w(?:Error|Exception|Timeout)\(\Z|\bquota (?:metric|limit) \Z", re.IGNORECASE
)
_AFTER_NAME_OF = re.compile(
    r"(?:KeyError|AttributeError|\b(?:fields?|keys?|parameters?|attributes?|arguments?|propert(?:y|ies)|columns?"
    r"|module(?: named)?))\W{1,3}\Z",
    re.IGNORECASE,
)
_BRACKETS = re.compile(rf"""(?P<quoted>(?<!\w)(?:{_QUOTES[1]}|{_QUOTES[2]}))|(?P<opens>[\[{{])|[\]}}]""")

_AFTER_CODE = re.compile(r"(?:errno|signal|exit(?: status)?|status|(?<!de)(?<!en)code)\W{0,4}\Z", re.IGNORECASE)
_AFTER_RESPONSE = re.compile(
    r"(?:\bhttp(?:/\d(?:\.\d)?)?|error|\bresponse|\breturned|\bresponded with|\bfailed with|\boccurred)\W{0,4}\Z",
    re.IGNORECASE,
)
_STATUS_CODES = {str(status.value) for status in HTTPStatus} | {"499", "520", "521", "522", "523", "524", "529"}
_REASON = re.compile(
    r"[ :,.()-]*(?:"
    + "|".join(re.escape(status.phrase) for status in HTTPStatus)
    + r"|RESOURCE_EXHAUSTED|INVALID_ARGUMENT|PERMISSION_DENIED|NOT_FOUND|UNAVAILABLE|INTERNAL|UNAUTHENTICATED|ABORTED"
    r"|CANCELLED|DEADLINE_EXCEEDED|FAILED_PRECONDITION|ALREADY_EXISTS|OUT_OF_RANGE|UNIMPLEMENTED|DATA_LOSS|UNKNOWN)\b",
    re.IGNORECASE,
)
_AFTER_LEADING_CODE = re.compile(r"\Z|[:.,]|(?: -)? ?(?:[A-Z]|models/|<model>)")
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
_NOBODY = {"none", "null", "undefined", "unknown", "anonymous", "nan"}
_PLURAL = re.compile(r"(<number> [^\W\d_]{2,}?)s\b")


def normalised(error_message: str) -> str:
    """An error text as its cause: variable parts as placeholders, white space folded, at most `MOST_CHARACTERS` long.

    Placeholders: `<id>` (UUIDs, request and session ids, hex, any other word that mixes letters and digits), `<number>`,
    `<duration>` and `<size>` (a number with its unit, so that `20 MB` and `900 KB` are one and `20 minutes` another),
    `<value>` (quoted values, JSON that is no error's body), `<address>` (URLs, ARNs, e-mail and IP addresses, hosts,
    paths, object keys, file names), `<time>`, `<task>` and `<part>` (`TASK_2`, `PART_1`), `<model>` (any version of a
    model). Several of one kind with commas between are one.

    What stays, since it tells what to mend:

    - a status code: a number after `status`, `code`, `errno`, `signal` or `exit`; a known HTTP status after `HTTP`,
      `error`, `response` or `returned`, before its own reason phrase, or at the beginning of the text. A number of
      things (`404 words`) is a number;
    - names that hold digits: exception classes, `S3`, `mp3`, `utf-8`, `us-east-1`, media types, API versions;
    - names in quotes: JSON's keys, and what follows `KeyError`, `field`, `parameter` and the like;
    - what speaks in quotes, itself normalised: the values of `message`, `status`, `code` and the like in JSON that an
      API answers with, and an exception's text as in `ReadTimeout('…')`;
    - Google's quota metrics (`….googleapis.com/generate_content_requests`).

    A Python traceback is told by its exception alone. Comparing without regard to case is left to `causes`.
    """
    text = error_message
    # To a fixed point: a replacement can lay bare another pattern. Every round that changes something leaves fewer
    # digits or fewer characters outside placeholders, so it ends; one round does nearly always.
    while (rewritten := _cut(_rewritten(_folded(text)))) != text:
        text = rewritten
    return text


def cause_of(jobs: pd.DataFrame) -> pd.Series:
    """The cause of each job (str, index of `jobs`, name `cause`); missing where nothing is amiss or known yet.

    Failed jobs: their error text, normalised. Jobs of a cause bear it in one spelling, the one most of them have.
    Stuck, empty, suspect and unknown jobs: one of the constants of this module, whatever text they may hold. Succeeded,
    running and superseded jobs have none.
    """
    state = jobs["state"].astype("str")
    is_set = jobs["table"].astype("str").eq("flashcard_sets") | jobs["type"].astype("str").eq(FLASHCARD)
    band_error = (jobs["flags"] & int(Flag.BAND_NOT_A_NUMBER)).ne(0)
    empty = state.eq(State.EMPTY)
    cause = pd.Series(pd.NA, index=jobs.index, dtype="str", name="cause")
    cause[state.eq(State.STUCK)] = NOT_CAUGHT
    cause[empty] = NO_BAND
    cause[empty & band_error] = BAND_ERROR
    cause[empty & is_set] = NO_CARD
    cause[state.eq(State.SUSPECT)] = DEFAULT_ANSWER
    cause[state.eq(State.UNKNOWN)] = NO_STATUS
    failed = state.eq(State.FAILED)
    cause[failed] = _causes_of_failed(jobs.loc[failed, "error_message"]).to_numpy()
    return cause


@memoized
def causes(jobs: pd.DataFrame) -> pd.DataFrame:
    """One row per state and cause, most jobs first; columns `CAUSE_COLUMNS`.

    `jobs` (int64) and `share` (of all jobs given that have a cause), `first` and `last` (UTC, NaT where no job of the
    cause has a known time) and `undated` (int64: jobs without one), `students` (int64: distinct user ids; jobs stored
    without a student count for none), `types` and `models` (str: distinct, sorted, with commas between, missing left
    out), `samples` (object: a list of up to three distinct error texts as stored, in the order of `jobs`).
    """
    found = jobs.assign(cause=cause_of(jobs), state=jobs["state"].astype("str"))
    found = found[found["cause"].notna()]
    keys = ["state", "cause"]
    groups = found.groupby(keys, sort=False)
    table = groups.agg(jobs=("at", "size"), first=("at", "min"), last=("at", "max"), dated=("at", "count"))
    table["undated"] = table["jobs"] - table["dated"]
    table["share"] = table["jobs"] / max(1, len(found))
    known = found[~found["user_id"].isin(UNKNOWN_USERS)]
    table["students"] = known.groupby(keys)["user_id"].nunique()
    table["students"] = table["students"].fillna(0)
    for column, name in (("type", "types"), ("model_used", "models")):
        distinct = found[[*keys, column]].astype({column: "str"}).dropna().drop_duplicates().sort_values(column)
        table[name] = distinct.groupby(keys)[column].agg(", ".join).astype("str")
        table[name] = table[name].fillna("")
    texts = found.loc[found["error_message"].str.strip().ne("").fillna(value=False), [*keys, "error_message"]]
    first_texts = texts.dropna().drop_duplicates().groupby(keys).head(MOST_SAMPLES)
    samples = first_texts.groupby(keys)["error_message"].agg(list).to_dict()
    table["samples"] = pd.Series([samples.get(key, []) for key in table.index], index=table.index, dtype="object")
    table = table.reset_index().astype({"jobs": "int64", "undated": "int64", "students": "int64", "share": "float64"})
    table = table.astype({"state": "str", "cause": "str"})
    return table.sort_values(["jobs", "state", "cause"], ascending=[False, True, True], ignore_index=True)[
        [*CAUSE_COLUMNS]
    ]


@memoized
def of_cause(jobs: pd.DataFrame, state: str, cause: str) -> pd.DataFrame:
    """The jobs behind a row of `causes`, in whichever spelling of the cause: it may differ from window to window."""
    in_state = jobs[jobs["state"].astype("str").eq(state)]
    found = cause_of(in_state)
    keys = {text: _key(text) for text in found.dropna().unique()}
    return in_state[found.map(keys).eq(_key(cause))]


def _causes_of_failed(error_messages: pd.Series) -> pd.Series:
    """The normalised texts, each distinct one read once; a cause in several spellings in the one most jobs have."""
    texts = {message: normalised(message) or NO_MESSAGE for message in error_messages.dropna().unique()}
    causes_in_order = [texts.get(message, NO_MESSAGE) for message in error_messages.astype("object")]
    found = pd.Series(causes_in_order, index=error_messages.index, dtype="str")
    numbers = found.value_counts()
    spelling: dict[str, str] = {}
    for text in sorted(numbers.index, key=lambda text: (-numbers[text], text)):
        spelling.setdefault(_key(text), text)
    return found.map({text: spelling[_key(text)] for text in numbers.index}).astype("str")


def _key(cause: str) -> str:
    """What two spellings of one cause share: case, a plural after a number and a full stop at the end do not count."""
    return _PLURAL.sub(r"\1", cause.casefold()).rstrip(" .!;:")


def _folded(text: str) -> str:
    """The text on one line, without a traceback's frames, no longer than is worth reading."""
    before, mark, after = text.rpartition(_TRACEBACK)
    if mark:
        lines = dropwhile(lambda line: not line.strip() or line[0].isspace(), after.splitlines())
        exception = "\n".join(lines)
        if exception:
            text = f"{before.partition(_TRACEBACK)[0]} {exception}"
    return " ".join(text.split())[:_MOST_READ]


def _rewritten(text: str, nested: int = 0) -> str:
    """The text with its variable parts replaced, read until it is longer than a cause may be."""
    pieces: list[str] = []
    length = position = 0
    while position < len(text) and length <= MOST_CHARACTERS:
        token = _TOKEN.match(text, position)
        assert token is not None  # noqa: S101 - the lexer's last rule fits any character
        kind = str(token.lastgroup)
        position = token.end()
        if kind == "body":
            said, position = _body(text, token.start())
        elif kind == "quoted":
            said = _quoted(token, nested)
        else:
            said = _REPLACED[kind](token) if kind in _REPLACED else token[0]
        if len(pieces) > 1 and pieces[-1] in {",", ", "} and said.startswith("<") and pieces[-2] == said:
            length -= len(pieces.pop())
            continue
        pieces.append(said)
        length += len(said)
    return "".join(pieces)


def _cut(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text.strip()
    kept = text[: MOST_CHARACTERS - 1]
    if not text[MOST_CHARACTERS - 1].isspace():
        words = kept.rpartition(" ")[0]
        kept = words if len(words) > MOST_CHARACTERS // 2 else kept
    return kept.rstrip() + "…"


def _body(text: str, start: int) -> tuple[str, int]:
    """JSON as a value and where it ends; only its bracket where it is an error's body, to be read on."""
    if _TELLING_KEY.search(text, start, start + _BODY_LOOK_AHEAD):
        return text[start], start + 1
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        if found["quoted"] is None:
            depth += 1 if found["opens"] else -1
        if depth == 0:
            return "<value>", found.end()
    return "<value>", len(text)


def _quoted(token: re.Match[str], nested: int) -> str:
    """`<value>`, but a name or an error's own words stay: see `normalised`."""
    text, quoted = token.string, token[0]
    opening = 3 if quoted.startswith("```") else 2 if quoted[0] in "bruBRU" else 1
    content = quoted[opening:]
    closing = quoted[opening - 1] if len(content) and content[-1] == _CLOSING.get(quoted[opening - 1]) else ""
    content = content[: -len(closing)] if closing else content
    before = text[max(0, token.start() - 40) : token.start()]
    if re.match(r"\s?:", text[token.end() : token.end() + 2]) and _NAME.fullmatch(content):
        return quoted
    if (_AFTER_NAME_OF.search(before) or text.startswith(" object", token.end())) and _NAME.fullmatch(content):
        return quoted
    if nested < _MOST_NESTED and _AFTER_TELLING.search(before):
        return quoted[:opening] + _rewritten(content, nested + 1) + closing
    return "<value>"


def _address_or_words(token: re.Match[str]) -> str:
    """Words with slashes between: an address where they look like a path, `and/or` where they do not."""
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
    """A status code as it is, any other number as a placeholder: a number that stands for a student is an id."""
    number, text = token[0], token.string
    before = text[max(0, token.start() - 24) : token.start()]
    if re.fullmatch(r"-?\d{1,5}", number) and not _COUNTS.match(text, token.end()):
        if _AFTER_CODE.search(before):
            return number
        if number in _STATUS_CODES and (
            _AFTER_RESPONSE.search(before)
            or _REASON.match(text, token.end())
            or (not token.start() and number >= "400" and _AFTER_LEADING_CODE.match(text, token.end()))
        ):
            return number
    return "<id>" if _BEFORE_ID.search(before) else "<number>"


def _dotted(token: re.Match[str]) -> str:
    """A file or a host as an address, anything else word by word: `PyPDF2.errors.PdfReadError`."""
    text = token[0]
    if _EXTENSION.fullmatch(text) or _HOST.fullmatch(text):
        return "<address>"
    return ".".join(_word(word) for word in text.split("."))


def _plain_word(token: re.Match[str]) -> str:
    word = token[0]
    before = token.string[max(0, token.start() - 24) : token.start()]
    if before.rstrip().endswith(("=", ":")) and word.lower() not in _NOBODY and _BEFORE_ID.search(before):
        return "<id>"
    return _word(word)


def _word(word: str) -> str:
    """A word without digits and a name that holds some stay; any other word with digits is an id."""
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
_REPLACED: dict[str, Callable[[re.Match[str]], str]] = {
    "id": lambda _: "<id>",
    "time": lambda _: "<time>",
    "address": lambda _: "<address>",
    "model": lambda token: "<model>" if _MODEL.search(token[0]) else token[0],
    "slashed": _address_or_words,
    "duration": lambda _: "<duration>",
    "size": lambda _: "<size>",
    "number": _number,
    "dotted": _dotted,
    "word": _plain_word,
}
