"""Answers that DynamoDB does not give: valid JSON of another shape, another type, another item, or more of the same.

Each is a fault of `faulty`, with the operations whose answer it changes and the error that it ends in.
"""

from dataclasses import dataclass, replace
from typing import Any

from data import errors
from data.errors import DataError
from tests.data import faulty
from tests.data.faulty import Fault, Response, edited, refused, replaced, without

PAGES = ("Scan", "Query")
EVERY = (*PAGES, "GetItem", "BatchGetItem", "DescribeTable", "DescribeContinuousBackups", "DescribeTimeToLive")
DEEP: Any = {"S": "x"}
for _ in range(100):
    DEEP = {"L": [DEEP]}


@dataclass(frozen=True)
class WrongAnswer:
    """A fault, the operations it is for, and the error; None where what was asked for is still there, and is shown.

    A fault with a memory is a class: each test makes its own.
    """

    fault: Fault | type["Repeating"]
    operations: tuple[str, ...]
    error: type[DataError] | None = errors.ResponseDamaged


class Repeating:
    """The first page again and again, each time with the same key to start after."""

    def __init__(self) -> None:
        self._answer: Response | None = None

    def __call__(self, response: Response) -> Response:
        self._answer = self._answer or edited(self._add_key)(response)
        return self._answer

    @staticmethod
    def _add_key(page: Any) -> None:
        keys = ("evaluation_id", "user_id")
        page["LastEvaluatedKey"] = {name: page["Items"][0][name] for name in keys}


def twice(name: str) -> Fault:
    """Every item of a list comes twice."""

    def edit(content: Any) -> None:
        holder = content["Responses"] if name == "Responses" else content
        for key, items in holder.items():
            if key == name or name == "Responses":
                holder[key] = [item for item in items for _ in range(2)]
        if "Count" in content:
            content["Count"] *= 2

    return edited(edit)


def _refusals() -> dict[str, WrongAnswer]:
    errors_of_codes = {
        "ValidationException": errors.RequestRefused,
        "SerializationException": errors.RequestDamaged,
        "MissingAuthenticationTokenException": errors.RequestDamaged,
        "IncompleteSignatureException": errors.RequestDamaged,
        "KMSDisabledException": errors.EncryptionKeyUnusable,
        "InaccessibleEncryptionDateTimeException": errors.EncryptionKeyUnusable,
        "LimitExceededException": errors.RequestRefused,
        "NewException": errors.RequestRefused,
    }
    cases = {code: WrongAnswer(refused(code), EVERY, error) for code, error in errors_of_codes.items()}
    # of a feature's own operation it means that the endpoint lacks the feature
    cases["ValidationException"] = replace(cases["ValidationException"], operations=EVERY[:5])
    return cases


_OTHER_ITEM = {"evaluation_id": {"S": "e-other"}, "set_id": {"S": "s-other"}, "user_id": {"S": "someone else"}}
_VALUES = {
    "null": None,
    "an empty value": {},
    "a number as text": {"S": 5},
    "a list as a number": {"N": []},
    "null as text": {"S": None},
    "two types": {"S": "a", "N": "1"},
    "text for null": {"NULL": "yes"},
    "a map for a list": {"L": {}},
    "a list for a map": {"M": []},
    "numbers as texts": {"SS": [1]},
    "a text": "plain",
    "100 levels": DEEP,
}
_ITEM_AT = {"Items.0": PAGES, "Item": ("GetItem",), "Responses.*.0": ("BatchGetItem",)}


def _in_items() -> dict[str, WrongAnswer]:
    """Wrong values, and wrong items, where an item stands in the answers of each operation."""
    cases = {}
    for path, operations in _ITEM_AT.items():
        # of an attribute that every read asks for
        attribute = "feedback" if path.startswith("Responses") else "status"
        for name, value in _VALUES.items():
            cases[f"{name} in {path}"] = WrongAnswer(replaced(f"{path}.{attribute}", value), operations)
        for name, item in {"null": None, "a number": 5, "a list": [], "a text": "x"}.items():
            cases[f"{name} for {path}"] = WrongAnswer(replaced(path, item), operations)
        keyless = errors.ResponseDamaged if operations is PAGES else errors.OtherItems
        cases[f"no keys in {path}"] = WrongAnswer(replaced(path, {"status": {"S": "x"}}), operations, keyless)
    return cases


CASES: dict[str, WrongAnswer] = {
    **{f"checksum {text!r}": WrongAnswer(faulty.odd_checksum(text), EVERY) for text in ("", "abc", "-1", "1.5", "0x1")},
    **{
        f"body {text.decode()[:12]}": WrongAnswer(faulty.body(text), EVERY)
        for text in (b"[]", b"5", b"null", b'"text"', b'{"status":"ok"}', faulty.nested(5_000))
    },
    "a body within 5,000 lists": WrongAnswer(faulty.body(b'{"Items":' + faulty.nested(5_000) + b',"Count":1}'), EVERY),
    "status 204": WrongAnswer(faulty.body(b"", 204), EVERY),
    "status 302": WrongAnswer(faulty.body(b"", 302), EVERY, errors.Unreachable),
    "slow": WrongAnswer(faulty.slow, EVERY, errors.ResponseTooSlow),
    **_refusals(),
    **{
        f"status 400, body {text.decode()[:12]}": WrongAnswer(faulty.body(text, 400), EVERY, errors.Unreachable)
        for text in (b"[]", b"5", b'{"__type":5}', b'{"__type":[],"message":{}}', faulty.nested(5_000))
    },
    "status 400, odd checksum": WrongAnswer(
        lambda answer: faulty.odd_checksum("x")(refused("NewException")(answer)), EVERY, errors.RequestRefused
    ),
    **_in_items(),
    **{f"Items {value!r}": WrongAnswer(replaced("Items", value), PAGES) for value in ({}, "x", None, 5)},
    **{f"Count {value!r}": WrongAnswer(replaced("Count", value), PAGES) for value in ("2", True, None, -1, [], 0.5)},
    "Count too high": WrongAnswer(edited(lambda page: page.update(Count=10**9)), PAGES, errors.IncompleteRead),
    "no Count": WrongAnswer(without("Count"), PAGES),
    "no Items": WrongAnswer(without("Items"), PAGES),
    **{
        f"LastEvaluatedKey {value!r}": WrongAnswer(replaced("LastEvaluatedKey", value), PAGES)
        for value in ([1], "x", {"user_id": "x"}, {"user_id": {"N": []}})
    },
    "the same page again and again": WrongAnswer(Repeating, PAGES, errors.EndlessRead),
    **{
        f"ConsumedCapacity {value!r}": WrongAnswer(
            replaced("ConsumedCapacity", value), (*PAGES, "GetItem", "BatchGetItem")
        )
        for value in ("x", 5)
    },
    **{
        f"ConsumedCapacity {value!r}": WrongAnswer(replaced("ConsumedCapacity", value), (*PAGES, "GetItem"))
        for value in ({"CapacityUnits": "x"}, {"CapacityUnits": -1}, {"CapacityUnits": []}, {"CapacityUnits": True})
    },
    "every item twice, in pages": WrongAnswer(twice("Items"), PAGES, None),
    "every item twice, in a batch": WrongAnswer(twice("Responses"), ("BatchGetItem",), None),
    "another item": WrongAnswer(replaced("Item", _OTHER_ITEM), ("GetItem",), errors.OtherItems),
    "another item in a query": WrongAnswer(replaced("Items.0", _OTHER_ITEM), ("Query",), errors.OtherItems),
    "another item in a batch": WrongAnswer(
        replaced("Responses.*.0", _OTHER_ITEM), ("BatchGetItem",), errors.OtherItems
    ),
    **{
        f"Responses {value!r}": WrongAnswer(replaced("Responses", value), ("BatchGetItem",))
        for value in ([], None, {"evaluations": {}}, {"evaluations": None})
    },
    **{
        f"UnprocessedKeys {value!r}": WrongAnswer(replaced("UnprocessedKeys", value), ("BatchGetItem",))
        for value in ([1], "x", {"evaluations": []}, {"evaluations": {"Keys": {}}}, {"evaluations": {}})
    },
    "other unprocessed keys": WrongAnswer(
        replaced("UnprocessedKeys", {"evaluations": {"Keys": [{"user_id": {"S": "x"}}]}}),
        ("BatchGetItem",),
        errors.OtherItems,
    ),
    **{
        f"{path} {value!r}": WrongAnswer(replaced(path, value), ("DescribeTable",))
        for path, values in {
            "Table": ([], "x", None, {}),
            "Table.TableName": (5, None),
            "Table.KeySchema": (
                "x",
                None,
                [5],
                [{"AttributeName": "user_id"}],
                [{"AttributeName": 5, "KeyType": "HASH"}],
            ),
            "Table.AttributeDefinitions": ({}, [[]]),
            "Table.GlobalSecondaryIndexes": ({}, [5], [{}], [{"IndexName": "i"}]),
            "Table.TableSizeBytes": ("x", -1, 0.5),
            "Table.ItemCount": ("x", -1, True),
            "Table.CreationDateTime": ("x", -1e300, []),
            "Table.BillingModeSummary": ("x", []),
            "Table.TableStatus": (5,),
        }.items()
        for value in values
    },
    **{
        f"ContinuousBackupsDescription {value!r}": WrongAnswer(
            replaced("ContinuousBackupsDescription", value), ("DescribeContinuousBackups",)
        )
        for value in ([], None, {"PointInTimeRecoveryDescription": "on"})
    },
    **{
        f"TimeToLiveDescription {value!r}": WrongAnswer(
            replaced("TimeToLiveDescription", value), ("DescribeTimeToLive",)
        )
        for value in ([], {"TimeToLiveStatus": 5})
    },
}
