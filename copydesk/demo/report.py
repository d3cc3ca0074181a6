"""What the demo prints: what was found, refused, copied and changed, and what to type next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

import click

from copydesk.demo.site import Site
from copydesk.demo.stage import Done
from copydesk.demo.truth import Claim, Snapshot
from copydesk.output import Column, clean, fit, print_rows
from copydesk.story_view import DIRECTIONS, KINDS, exchanges
from newsroom.reasons import REASON_HELP, Reason
from newsroom.records import Copy, CopyKind
from pipelines.whose import Why
from storage.articles import StoredArticle
from storage.coverage import CoveredUrl

WIDTH = 110
LINES_EACH = 6  # of every command shown
LINES = {"copies": 11}  # of commands that say what matters further down
EXCHANGES = 6  # shown of a copy in other words
CONTEXT = 30  # characters shown before and after an edit
_WORD = re.compile(r"\s*(?:[\u3400-\u9fff]|[^\s\u3400-\u9fff]+)|\s+")


def heading(text: str) -> None:
    """A line that says what follows."""
    click.echo()
    click.secho(text, bold=True)


def show_found(sites: Mapping[str, Site], seen: Snapshot, asked_before: Mapping[str, int]) -> None:
    """One row a portal: what was asked, found, stored and refused."""
    rows = []
    for name, site in sites.items():
        mine = [line for line in seen.ledger.values() if line.portal_id == name]
        states = Counter(line.state for line in mine)
        languages = Counter(a.article.language for a in seen.articles.values() if a.portal_id == name)
        rows.append(
            {
                "portal": name,
                "name": site.paper.name,
                "requests": len(site.hits) - asked_before.get(name, 0),
                "addresses": len(mine),
                "articles": states["stored"],
                "sources": states["read"],
                "refused": states["refused"],
                "languages": [f"{language} {count}" for language, count in languages.most_common()],
            }
        )
    numbers = ("requests", "addresses", "articles", "sources", "refused")
    columns = [Column("portal"), Column("name"), *(Column(each, right=True) for each in numbers), Column("languages")]
    print_rows(rows, columns)


def show_refused(lines: Iterable[CoveredUrl], sites: Mapping[str, Site]) -> None:
    """Each reason with its number and one address."""
    examples: dict[Reason, str] = {}
    counts: Counter[Reason] = Counter()
    for line in lines:
        if line.reason is not None:
            counts[line.reason] += 1
            examples.setdefault(line.reason, line.url.removeprefix(sites[line.portal_id].base))
    rows = [
        {"reason": reason, "pages": count, "meaning": REASON_HELP[reason], "such as": fit(examples[reason], 50)}
        for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    print_rows(rows, [Column("reason"), Column("pages", right=True), Column("meaning"), Column("such as")])


def show_copied(seen: Snapshot) -> None:
    """Who copied whom, and what: in a table what was copied word for word, below it the other copies."""
    by_id = {each.id: each for each in seen.articles.values()}
    rows = [
        {
            "copied by": by_id[copy.article_id].portal_id,
            "from": by_id[copy.other_id].portal_id,
            "score": copy.score,
            "title": by_id[copy.other_id].article.title,
        }
        for copy in seen.copies
        if copy.kind == CopyKind.IDENTICAL
    ]
    print_rows(sorted(rows, key=lambda row: str(row["from"])), ["copied by", "from", "score", Column("title")])
    click.echo()
    for copy in seen.copies:
        if copy.kind != CopyKind.IDENTICAL:
            for line in copy_lines(copy, by_id[copy.article_id], by_id[copy.other_id]):
                click.echo(line)


def copy_lines(copy: Copy, mine: StoredArticle, source: StoredArticle) -> Iterator[str]:
    """A copy in other words: what it is, whose story it was and why, and words that were exchanged."""
    yield f"{clean(mine.article.title)}  ({mine.portal_id}, article {mine.id})"
    yield f"    copy of {clean(source.article.title)}  ({source.portal_id}, article {source.id})"
    yield f"    {KINDS.get(copy.kind, copy.kind)}; {DIRECTIONS.get(Why(copy.decided_by), copy.decided_by)}"
    if changes := exchanges(copy, EXCHANGES):
        yield f"    {changes}"


def show_changed(seen: Snapshot) -> None:
    """Every edit, word by word."""
    for url, revisions in seen.revisions.items():
        before, after = revisions[-2], revisions[-1]
        click.echo(f"{clean(after.article.title)}  ({seen.articles[url].portal_id}, text {after.number})")
        for line in changed_lines(before.article.text, after.article.text):
            click.echo(f"    {line}")


def show_gone(seen: Snapshot) -> None:
    """What the portals have taken down, and we still hold."""
    for article in seen.articles.values():
        if article.gone_utc is not None:
            title, told = clean(article.article.title), f"{article.gone_utc:%Y-%m-%d %H:%M}"
            click.echo(f"{title}  ({article.portal_id}; gone since {told} UTC, kept here)")


def show_claims(claims: Sequence[Claim]) -> None:
    """What was checked, and what was wrong."""
    for claim in claims:
        mark = click.style("yes", fg="green") if claim.holds else click.style("NO ", fg="red", bold=True)
        click.echo(f"{mark}  {claim.text}")
        for wrong in claim.wrong[:10]:
            click.echo(f"       {wrong}")


def show_command(arguments: Sequence[str], done: Done) -> None:
    """A command as one would type it, and the first lines of what it printed."""
    click.secho(f"$ copydesk {' '.join(map(quoted, arguments))}", fg="cyan")
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    most = LINES.get(arguments[0], LINES_EACH)
    for line in lines[:most]:
        click.echo(f"    {fit(line, WIDTH)}")
    if len(lines) > most:
        click.echo(f"    … {len(lines) - most} more lines")


def quoted(argument: str) -> str:
    """An argument as it is typed in a shell; addresses and Chinese words need no quotes."""
    return argument if re.fullmatch(r"[\w@%+=:,./-]+", argument) else "'" + argument.replace("'", "'\\''") + "'"


def changed_lines(before: str, after: str) -> Iterator[str]:
    """The paragraphs that differ, with the words taken out as [-…-] and those put in as {+…+}."""
    old, new = before.split("\n"), after.split("\n")
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from filter(None, _marked("\n".join(old[i1:i2]), "\n".join(new[j1:j2])).split("\n"))


def _marked(before: str, after: str) -> str:
    """`after` with the differences to `before` marked: words, or single characters of Chinese."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    pieces = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        out, put = "".join(old[i1:i2]), "".join(new[j1:j2])
        if kind == "equal":
            pieces.append(_shortened(out, first=i1 == 0, last=i2 == len(old)))
            continue
        space = " " if (out or put).startswith(" ") else ""
        gone = click.style(f"[-{out.strip()}-]", fg="red") if out.strip() else ""
        come = click.style(f"{{+{put.strip()}+}}", fg="green") if put.strip() else ""
        pieces.append(space + gone + come)
    return "".join(pieces)


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """What stays the same, with no more of it than shows where the change is."""
    if len(text) <= 3 * CONTEXT:
        return text
    head = text[:CONTEXT].rpartition(" ")[0] or text[:CONTEXT]
    tail = text[-CONTEXT:].partition(" ")[2] or text[-CONTEXT:]
    if first:
        return f"… {tail}"
    return f"{head} …" if last else f"{head} … {tail}"
