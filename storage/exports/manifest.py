"""The manifest beside a slice: what was asked for, what came, and how to see later that it is still the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from newsroom.errors import QueryError, UsageError
from storage.corpus import Corpus
from storage.exports.choosing import chosen_ids
from storage.exports.contents import Difference, Differences, compare
from storage.exports.reading import Slice
from storage.search.filters import read_filters
from storage.search.query import parse

MAX_MANIFEST_BYTES = 256 << 20  # eight an article
_BLOCK_BYTES = 1 << 20
_KINDS: Mapping[str, type] = {  # of its values; any other is text
    **dict.fromkeys(("count", "bytes", "analyser", "rows", "withheld"), int),
    **dict.fromkeys(("filters", "left_out"), dict),
    **dict.fromkeys(("with_copies", "embargoed"), bool),
    **dict.fromkeys(("fields", "contents"), list),
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that tells which articles a slice holds, and whether its file is the one that was written."""

    file: str  # the slice, from the manifest's folder
    format: str
    count: int  # articles
    bytes: int
    sha256: str
    fields: list[str]
    query: str  # as typed
    searched_for: str  # as understood
    filters: dict[str, Any]  # as `SearchIndex.search` names them; times in ISO 8601
    written_utc: str
    copydesk: str  # versions of what chose and wrote the articles
    schema: str
    analyser: int
    database: str  # sqlite, postgresql
    rows: int = 0  # lines of a text, rows of a table, answers in a WARC file
    revisions: str = "current"  # or "all": a row each text
    with_copies: bool = False  # whether each article's story and source are told
    embargoed: bool = False  # whether what is under an embargo was written, too
    withheld: int = 0  # articles that the question found and an embargo kept back
    left_out: dict[str, int] = field(default_factory=dict)  # what of the articles is not in the slice, and how much
    contents_sha256: str = ""  # over a line an article: id, address, digests of its texts; "": of an older copydesk
    contents: list[str] = field(default_factory=list)  # what tells the articles that change later: `contents`


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared with the manifest; `ok` is None when it could not be."""

    check: str
    ok: bool | None
    says: str


def searched_for(query: str) -> str:
    """What `query` is understood as. Raises QueryError."""
    return str(parse(query))


def file_digest(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file, read in pieces."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def name_from(folder: Path, file: Path) -> str:
    """`file` as named from `folder`, so that the two can be moved together."""
    return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write `manifest` to `path`."""
    path.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_manifest(path: Path) -> Manifest:
    """The manifest at `path`. Raises UsageError when it is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > MAX_MANIFEST_BYTES:
        raise UsageError(f"{path}: larger than {MAX_MANIFEST_BYTES >> 20} MB, so no manifest")
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: no manifest: {error}") from None
    wrong = [each.name for each in fields(Manifest) if not isinstance(said, dict) or not _is_right(each, said)]
    if wrong:
        raise UsageError(f"{path}: no manifest of an export: {', '.join(wrong)} missing or of another kind")
    return Manifest(**{each.name: said[each.name] for each in fields(Manifest) if each.name in said})


def _is_right(each: Field[Any], said: Mapping[str, Any]) -> bool:
    """Whether a manifest has a value of the right kind; what later versions added may be missing."""
    if each.name not in said:
        return each.default is not MISSING or each.default_factory is not MISSING
    return isinstance(said[each.name], _KINDS.get(each.name, str))


def check_file(manifest: Manifest, folder: Path) -> list[Check]:
    """Whether the slice is there, as long as it was, and byte for byte the same."""
    path = folder / manifest.file
    if not path.is_file():
        return [Check("file", False, f"{path}: no such file")]
    try:
        size, digest = file_digest(path)
    except OSError as error:
        return [Check("file", False, f"{path}: {error.strerror}")]
    same_size, same = size == manifest.bytes, digest == manifest.sha256
    return [
        Check("file", True, str(path)),
        Check("bytes", same_size, f"{size:,}" if same_size else f"{size:,}, the manifest says {manifest.bytes:,}"),
        Check("sha256", same, digest if same else f"{digest}, the manifest says {manifest.sha256}"),
    ]


def check_corpus(manifest: Manifest, corpus: Corpus) -> list[Check]:
    """Whether the corpus gives the same articles with the same texts today to the same question.

    Raises SchemaError while articles wait to be indexed.
    """
    try:
        ids = chosen_ids(corpus, manifest.query, read_filters(manifest.filters))
    except (QueryError, ValueError, TypeError) as error:
        return [Check("count", False, f"the question cannot be asked again: {error}")]
    try:
        found = compare(manifest.contents, corpus, Slice(ids, every_revision=manifest.revisions == "all"))
    except (ValueError, TypeError) as error:
        return [Check("contents", False, f"the manifest's contents cannot be read: {error}")]
    articles, same = found.articles, found.articles == manifest.count
    counted = Check("count", same, f"{articles:,}{'' if same else f' today, the manifest says {manifest.count:,}'}")
    if not manifest.contents_sha256:
        why = "not compared, only the count was: the manifest is of an older copydesk and has no contents"
        return [counted, Check("contents", None, why)]
    same = found.sha256 == manifest.contents_sha256
    return [counted, Check("contents", same, found.sha256 if same else _told(found, corpus))]


def _told(found: Differences, corpus: Corpus) -> str:
    today = sorted({*found.new.first, *found.changed.first})
    urls = {row["id"]: f" {row['url']}" for row in corpus.slices.plain(Slice(today, ("id", "url")))}
    # What is gone has no address here: its id may be another's in this corpus, or withheld.
    named = (f"{found.new.count:,} new{_named(found.new, urls)}", f"{found.gone.count:,} gone{_named(found.gone, {})}")
    return ", ".join([*named, f"{found.changed.count:,} changed{_named(found.changed, urls)}"])


def _named(some: Difference, urls: Mapping[int, str]) -> str:
    """The first articles of a difference."""
    named = [f"{one}{urls.get(one, '')}" for one in some.first] + ["…"] * (some.count > len(some.first))
    return f" ({', '.join(named)})" if named else ""
