"""The definitions of the tables: keys, secondary indexes and tags, as CreateTable and UpdateTable take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from data.schema import EVALUATIONS, FLASHCARD_SETS, KeyedTable, StoredKey, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexDescriptionTypeDef

TAGS: dict[str, str] = {"Project": "bandup", "Environment": "production"}
"""The documented tags."""


@dataclass(frozen=True)
class IndexDefinition:
    """A global secondary index. `included` are the attributes that it holds beside the keys; None means all."""

    name: str
    partition_key: str
    sort_key: str
    sort_type: Literal["S", "N"] = "S"
    included: tuple[str, ...] | None = None

    @property
    def key_types(self) -> dict[str, str]:
        """Attribute types of the two keys, partition key first."""
        return {self.partition_key: "S", self.sort_key: self.sort_type}

    @property
    def definition(self) -> dict[str, Any]:
        """The index as CreateTable and UpdateTable take it."""
        projection: dict[str, Any] = {"ProjectionType": "ALL"}
        if self.included is not None:
            projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.included)}
        return {"IndexName": self.name, "KeySchema": _key_schema(*self.key_types), "Projection": projection}

    def is_served_by(
        self, existing: "GlobalSecondaryIndexDescriptionTypeDef", table: KeyedTable, types: Mapping[str, str]
    ) -> bool:
        """Whether `existing`, under any name, has the same keys and types and projects at least these attributes."""
        if existing.get("IndexStatus") == "DELETING":
            return False
        keys = [key["AttributeName"] for key in existing.get("KeySchema", [])]
        if keys != list(self.key_types) or any(types.get(name) != type_ for name, type_ in self.key_types.items()):
            return False
        projection = existing.get("Projection", {})
        if projection.get("ProjectionType") == "ALL":
            return True
        projected = {*keys, table.partition_key, table.sort_key, *projection.get("NonKeyAttributes", [])}
        return self.included is not None and projected.issuperset(self.included)


IndexSet = Mapping[StoredKey, tuple[IndexDefinition, ...]]
"""The indexes of each table; the table of reviews has none."""


def _covering(table: Table) -> IndexDefinition:
    """The index for a student's items and for a scan of everyone. It holds every item, as every item has both keys."""
    keys, included = (table.sort_key, table.partition_key), tuple(a.name for a in table.summary_attributes)
    return IndexDefinition(f"{'-'.join(keys)}-index", *keys, included=included)


def _by_time(name: str, partition_key: str = "user_id") -> IndexDefinition:
    return IndexDefinition(name, partition_key, "created_at", "N")


_DOCUMENTED = _by_time("user_id-created_at-index")

INDEX_SETS: dict[str, IndexSet] = {
    "none": {"evaluations": (), "flashcard_sets": ()},
    "documented": {"evaluations": (_DOCUMENTED,), "flashcard_sets": ()},
    "terraform": {
        "evaluations": (_by_time("user-evaluations-index"), _by_time("type-index", "evaluation_type")),
        "flashcard_sets": (_by_time("user-sets-index"),),
    },
    "provisioned": {
        "evaluations": (_covering(EVALUATIONS), _DOCUMENTED),
        "flashcard_sets": (_covering(FLASHCARD_SETS),),
    },
}
"""The sets of indexes that tables can be created with; the product itself works best with `provisioned`.

The sets table gets no index on `created_at`: real sets hold a word or a request id there, and DynamoDB refuses every
write whose index key has another type than declared. With such an index, declared as a number, the Lambdas' own writes
would fail. (`terraform` has one because the platform's Terraform has.)
"""


def create_table_request(
    table: KeyedTable, name: str, indexes: Sequence[IndexDefinition] | None = None
) -> dict[str, Any]:
    """Return the parameters of CreateTable for a table billed on demand. `indexes` None means `provisioned`."""
    if indexes is None:
        indexes = INDEX_SETS["provisioned"][table.key] if isinstance(table, Table) else ()
    types = {table.partition_key: "S", table.sort_key: "S"}
    for index in indexes:
        types |= index.key_types
    request: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": _attribute_definitions(types),
        "KeySchema": _key_schema(table.partition_key, table.sort_key),
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": tag_list(TAGS),
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [index.definition for index in indexes]
    return request


def add_index_request(
    name: str, index: IndexDefinition, types: Mapping[str, str], capacity: tuple[int, int] | None
) -> dict[str, Any]:
    """Return the parameters of UpdateTable that add an index.

    `types`: of the key attributes that the table has already; `capacity`: read and write units, where it names some.
    """
    definition = index.definition
    if capacity is not None:
        definition["ProvisionedThroughput"] = dict(
            zip(("ReadCapacityUnits", "WriteCapacityUnits"), capacity, strict=True)
        )
    return {
        "TableName": name,
        "AttributeDefinitions": _attribute_definitions({**types, **index.key_types}),
        "GlobalSecondaryIndexUpdates": [{"Create": definition}],
    }


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the API takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _attribute_definitions(types: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()]


def _key_schema(partition_key: str, sort_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition_key, "KeyType": "HASH"}, {"AttributeName": sort_key, "KeyType": "RANGE"}]
