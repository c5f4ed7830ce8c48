"""Secrets become `***` in every spelling in which error texts quote them, and everything else stays as it is."""

import json
import time

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import EndpointUnreadable
from data.masking import mask, mask_array
from data.parsers import evaluation_of
from tests.items import NOW, evaluations, flashcard_set, flashcard_sets, job

SECRETS = {
    "Google key in an address": (
        "429 Client Error:  for url: https://g.googleapis.com/v1/models/m:generateContent?key=AIzaSyHIDDEN-0123&alt=json",
        "429 Client Error:  for url: https://g.googleapis.com/v1/models/m:generateContent?key=***&alt=json",
    ),
    "signed S3 link": (
        "403 for https://b.s3.amazonaws.com/a.mp3?X-Amz-Credential=AKIAHIDDEN00EXAMPLE%2F20260101%2Fs3&X-Amz-Expires=900"
        "&X-Amz-Security-Token=FwoHIDDEN//8=&X-Amz-Signature=HIDDENbeef (expired)",
        "403 for https://b.s3.amazonaws.com/a.mp3?X-Amz-Credential=***&X-Amz-Expires=900"
        "&X-Amz-Security-Token=***&X-Amz-Signature=*** (expired)",
    ),
    "encoded address": ("next=%2Fa%3Fkey%3DHIDDEN%26x%3D1", "next=%2Fa%3Fkey%3D***%26x%3D1"),
    "password in an address": (
        "can't connect to https://user:HIDDEN@host:8080/a?b=c",
        "can't connect to https://***@host:8080/a?b=c",
    ),
    "at sign in a password": ("postgres://user:HID@DEN@db/x failed", "postgres://***@db/x failed"),
    "bearer token": ("401 with Bearer eyHIDDEN.x-y_z: refused", "401 with Bearer ***: refused"),
    "authorization header": ("Authorization: Basic SElEREVO==\nretry", "Authorization: ***\nretry"),
    "signature of a request": (
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIAHIDDEN00/x, SignedHeaders=host, Signature=HIDDEN",
        "Authorization: ***",
    ),
    "headers as a dict": (
        "{'Authorization': 'Bearer HIDDEN', 'x-goog-api-key': 'HIDDEN', 'Accept': '*/*'}",
        "{'Authorization': '***', 'x-goog-api-key': ***, 'Accept': '*/*'}",
    ),
    "cookie": ("Set-Cookie: session=HIDDEN; Path=/", "Set-Cookie: ***"),
    "JSON": ('{"password":"HIDDEN","user":"u"}', '{"password":***,"user":"u"}'),
    "JSON within JSON": (r'"{\"api_key\": \"HIDDEN\", \"n\": 1}"', r'"{\"api_key\": ***, \"n\": 1}"'),
    "assignments": (
        "token=HIDDEN, password=HIDDEN; secret=HIDDEN sig=HIDDEN) client_secret = 'HID DEN'",
        "token=***, password=***; secret=*** sig=***) client_secret = ***",
    ),
    "an unfinished quote": ('key="HIDDEN and more', "key=***"),
    "bytes": ("token=b'HIDDEN'", "token=***"),
    "a labelled password": ("password: HIDDEN", "password: ***"),
    "a labelled token": ("token: HIDDEN0123456789", "token: ***"),
    "AWS access keys": ("AKIAHIDDEN00EXAMPLE and ASIAHIDDEN00EXAMPLE differ", "*** and *** differ"),
    "environment": (
        "AWS_SECRET_ACCESS_KEY=HIDDEN/+x AWS_SESSION_TOKEN=HIDDEN",
        "AWS_SECRET_ACCESS_KEY=*** AWS_SESSION_TOKEN=***",
    ),
    "other keys": ("sk-HIDDEN-0123456789abcd ghp_HIDDEN0123456789abcdef", "*** ***"),
    "JSON web token": ("jwt eyJhbGciOiHIDDEN.eyJzdWIiOiHIDDEN.sigHIDDEN", "jwt ***"),
    "private key": ("-----BEGIN RSA PRIVATE KEY-----\nHIDDEN\n-----END RSA PRIVATE KEY----- x", "*** x"),
}
HARMLESS = [
    "Essay too short. TASK_2 requires minimum 250 words, received 145",
    "KeyError: 'key'",
    "Missing key: evaluation_id",
    "NoSuchKey: The specified key does not exist. Key: uploads/documents/u/a.pdf",
    "Unexpected token: < in JSON at position 0",
    "bearer token missing; Basic authentication required",
    "The secret is out; the password was wrong",
    "monkey=banana max_tokens=4096 tokens: 12",
    "mail a.b@c.com about https://host/a?mail=a@b.com",
    "s3://bucket/uploads/speaking_audio/u1/20260301_101500_part1.webm",
    "Design=flat, sign=yes",
    "",
]


@pytest.mark.parametrize(("text", "masked"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_masked_and_the_rest_stays(text, masked):
    assert mask(text) == masked
    assert "HID" not in mask(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay(text):
    assert mask(text) == text


FRAGMENTS = st.sampled_from(
    [
        *(
            "=",
            ":",
            "&",
            "@",
            "/",
            '"',
            "'",
            " ",
            ".",
            "?",
            "-",
            "%",
            "\\",
            "\n",
            "://",
            "%3D",
            "abc123",
            "word",
            "pass",
        ),
        *("key", "token", "Password", "sig", "secret", "credential", "Bearer ", "Authorization", "cookie", "x-amz-"),
        *("AKIAABCDEFGH12", "AIzaabcdefghijkl", "eyJ", "ghp_", "sk-", "-----BEGIN "),
    ]
)


@given(st.lists(st.lists(FRAGMENTS, max_size=12).map("".join) | st.none(), max_size=6))
def test_an_array_is_masked_like_each_of_its_texts(texts):
    array = mask_array(pa.array(texts, pa.string()))
    assert array.to_pylist() == [None if text is None else mask(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    ["key=", "a-", "://", "://a@", '"key', "bearer ", "_", "eyJ", "key ", "password:", '="', "token   ", "a_", "sk-"],
)
def test_hostile_texts_take_time_in_proportion_to_their_length(text):
    def seconds(length: int) -> float:
        start = time.perf_counter()
        mask(text * (length // len(text)))
        return time.perf_counter() - start

    assert min(seconds(200_000) for _ in range(2)) < 40 * max(min(seconds(20_000) for _ in range(3)), 0.01)


@pytest.mark.parametrize("text", [secret for secret, _ in SECRETS.values()])
def test_error_texts_of_both_tables_are_masked_and_the_raw_item_is_not(text):
    failed = job("failed", error_message=text)
    for frame in (evaluations(failed), flashcard_sets(flashcard_set(status="failed", error_message=text))):
        assert frame["error_message"].tolist() == [mask(text)]
    record = evaluation_of(failed, NOW)
    assert record.frame["error_message"].tolist() == [mask(text)]
    assert json.loads(record.raw)["error_message"] == {"S": text}


def test_an_error_of_another_type_is_masked():
    frame = evaluations(job("failed", error_message={"M": {"url": {"S": "https://h/?key=HIDDEN"}}}))
    assert frame["error_message"].tolist() == ['{"url": "https://h/?key=***"}']


def test_addresses_of_documents_are_masked_and_ids_are_not():
    frame = flashcard_sets(
        flashcard_set(set_id="key=a", user_id="token=b", document_url="https://h/a.pdf?X-Amz-Signature=c")
    )
    row = frame.iloc[0]
    assert (row["set_id"], row["user_id"]) == ("key=a", "token=b")
    assert row["document_url"] == "https://h/a.pdf?X-Amz-Signature=***"


def test_the_sentences_of_errors_are_masked():
    assert "'http://***@host:x'" in str(EndpointUnreadable(endpoint="http://user:HIDDEN@host:x"))


def test_columns_keep_their_dtypes_and_missing_values():
    frame = evaluations(job("failed", error_message="key=x"), job("failed", evaluation_id="e2"))
    assert frame["error_message"].dtype == pd.Series([""], dtype="str").dtype
    assert frame["error_message"].isna().tolist() == [False, True]
