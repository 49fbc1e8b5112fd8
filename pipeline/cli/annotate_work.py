"""``axiomap annotate serve``, ``adjudicate``, ``account``: people at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline.cli import note
from pipeline.cli.coded import FILE, OUT, texts_option


def address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds where to listen, and the file of the codes."""
    options = [
        click.option("--codes", type=OUT, help="File of the codes; TASKS.codes.sqlite by default."),
        click.option(
            "--port", default=8650, show_default=True, type=click.IntRange(0, 65535),
            help="Port on this machine; 0 takes a free one.",
        ),
        click.option(
            "--listen", "host", default="127.0.0.1", show_default=True,
            help="Address; beyond this machine it needs --cert, --key and --accounts.",
        ),
        click.option("--cert", type=FILE, help="TLS certificate (PEM)."),
        click.option("--key", type=FILE, help="Its private key (PEM)."),
        click.option("--accounts", type=OUT, help="Accounts made by annotate account."),
        click.option("--name", "names", multiple=True, help="Host name browsers use; repeatable."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("tasks", type=FILE)
@click.option("--coder", "coders", multiple=True, help="Who codes; repeatable.")
@click.option("--suggestions", is_flag=True, help="Let coders see the model after deciding.")
@address_options
def serve(
    *, tasks: Path, coders: tuple[str, ...], suggestions: bool, codes: Path | None, **where: Any
) -> None:
    """Open the coding page for one coder or several.

    \b
    axiomap annotate serve tasks.jsonl --coder anna --coder ben

    Prints an address for each coder. What is coded is on disk, in TASKS.codes.sqlite, before the
    page says so; stop and start again at any time.
    """
    from pipeline.annotate.serving import Address, open_desk
    from pipeline.annotate.serving import serve as run

    run(open_desk(tasks, codes, suggestions=suggestions), Address(**where), coders, say=note)


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--lead", default="lead", show_default=True, help="Who decides.")
@click.option("--page", is_flag=True, help="Open the page on the disputes of one task file.")
@click.option("--disputes", type=OUT, help="Disputes to write, for filling in (JSON lines).")
@click.option("--decisions", type=FILE, help="Disputes filled in: layer, facet, reason.")
@click.option("--out", type=OUT, help="Gold labels to write, with their history.")
@click.option("--with-text", is_flag=True, help="Write the sentences too.")
@address_options
def adjudicate(
    *, files: tuple[Path, ...], lead: str, page: bool, disputes: Path | None,
    decisions: Path | None, out: Path | None, with_text: bool, codes: Path | None, **where: Any,
) -> None:  # fmt: skip
    """Settle what coders disagree on, and write gold labels.

    \b
    axiomap annotate adjudicate tasks.jsonl --page --lead carla
    axiomap annotate adjudicate tasks.jsonl --out gold.jsonl
    axiomap annotate adjudicate anna.jsonl ben.jsonl --disputes todo.jsonl
    axiomap annotate adjudicate anna.jsonl ben.jsonl --decisions todo.jsonl --out gold.jsonl

    FILES are a task file with its codes beside it, or files of codes. Gold holds one label a span:
    the decision, else what all coders agree on, else the code of a span coded once.
    """
    from pipeline.annotate import adjudicate as settle
    from pipeline.annotate.codings import write_codings
    from pipeline.annotate.collect import collect, read_decisions, write_disputes
    from pipeline.annotate.serving import Address, open_desk, serve
    from pipeline.errors import PipelineError

    if page:
        if len(files) != 1:
            raise PipelineError("--page works on one task file; name that alone")
        serve(open_desk(files[0], codes), Address(**where), (), lead=lead, say=note)
        return
    collected = collect(files, codes)
    decided = dict(collected.decisions)
    if decisions is not None:
        decided.update(read_decisions(decisions, lead))
    gold, waiting = settle.gold(collected.codings, decided)
    if disputes is not None:
        note(f"adjudicate: {write_disputes(waiting, disputes)} disputes in {disputes}")
    if out is not None:
        write_codings(gold, out, with_text=with_text)
        note(f"adjudicate: {len(gold)} gold labels in {out}")
    note(f"adjudicate: {len(decided)} decided, {len(waiting)} disputes open")


@click.command()
@click.argument("name")
@click.option("--accounts", required=True, type=OUT, help="File of accounts.")
@click.password_option(help="Asked for when not given.")
def account(*, name: str, accounts: Path, password: str) -> None:
    """Add a coder's account, or set a new password.

    \b
    axiomap annotate account anna --accounts accounts.json
    """
    from pipeline.annotate.accounts import Accounts

    Accounts(accounts).add(name, password)
    note(f"account: {name} in {accounts}")


FORMATS = ("jsonl", "csv", "label-studio", "prodigy", "doccano", "inception", "dna")
_FORMAT = click.option(
    "--format", "kind", required=True, type=click.Choice(FORMATS), help="The other tool's format."
)


@click.command("export")
@click.argument("files", type=FILE, nargs=-1, required=True)
@_FORMAT
@click.option("--out", type=OUT, required=True, help="File to write.")
@texts_option
@click.option("--with-text", is_flag=True, help="Write sentences where they can be left out.")
@click.option("--codes", type=OUT, help="File of the codes; TASKS.codes.sqlite by default.")
@click.option("--interface", type=OUT, help="Labelling interface to write; label-studio only.")
def export(
    *, files: tuple[Path, ...], kind: str, out: Path, texts: tuple[Path, ...], with_text: bool,
    codes: Path | None, interface: Path | None,
) -> None:  # fmt: skip
    """Write codes in the format of another tool.

    \b
    axiomap annotate export tasks.jsonl --format jsonl --out codes.jsonl
    axiomap annotate export codes.jsonl --format dna --texts documents.jsonl --out codes.dna
    axiomap annotate export tasks.jsonl --format label-studio --out ls.json --interface ls.xml

    FILES are task files with their codes beside them, or files of codes. jsonl and csv are
    stand-off unless --with-text; the other formats hold whole documents.
    """
    from pipeline.annotate.codings import save
    from pipeline.annotate.collect import collect, documents_of
    from pipeline.annotate.exchange import Bundle, export_codes, labelstudio
    from pipeline.errors import PipelineError

    if interface is not None and kind != "label-studio":
        raise PipelineError("--interface is Label Studio's; use it with --format label-studio")
    collected = collect(files, codes)
    documents = documents_of(files, texts)
    export_codes(Bundle(collected.codings, documents, with_text), kind, out)
    note(f"export: {len(collected.codings)} codes in {out}")
    if interface is not None:
        save(interface, labelstudio.interface().encode() + b"\n")
        note(f"export: interface in {interface}; paste it under Settings, Labeling Interface, Code")


@click.command("import")
@click.argument("file", type=FILE)
@_FORMAT
@click.option("--out", type=OUT, required=True, help="Codes to write (JSON lines).")
@texts_option
@click.option("--documents", type=OUT, help="Documents found in FILE, to write.")
@click.option(
    "--coder", "coders", multiple=True,
    help="Who coded, where FILE does not say; or THEIRS=OURS, to rename; repeatable.",
)  # fmt: skip
@click.option("--with-text", is_flag=True, help="Write the sentences too.")
def import_(
    *, file: Path, kind: str, out: Path, texts: tuple[Path, ...], documents: Path | None,
    coders: tuple[str, ...], with_text: bool,
) -> None:  # fmt: skip
    """Read codes from the file of another tool.

    \b
    axiomap annotate import anna.jsonl --format doccano --out codes.jsonl --coder anna
    axiomap annotate import ls.json --format label-studio --out codes.jsonl --coder user1=anna

    Nothing is written when any code in FILE is not usable; each is named in a line.
    """
    from pipeline import codec
    from pipeline.annotate.codings import save, write_codings
    from pipeline.annotate.exchange import import_codes
    from pipeline.errors import PipelineError
    from pipeline.labels import read_texts

    names = {theirs: ours for theirs, sign, ours in (c.rpartition("=") for c in coders) if sign}
    unnamed = [coder for coder in coders if "=" not in coder]
    if len(unnamed) > 1:
        raise PipelineError(f"--coder {unnamed[1]}: only one can have made the codes without name")
    codings, loaded, refused = import_codes(
        file, kind, read_texts(texts), coder="".join(unnamed), names=names
    )
    if refused:
        for line in refused:
            note(line)
        raise PipelineError(f"{file}: {len(refused)} codes not usable, nothing was imported")
    if documents is not None:
        save(documents, b"".join(codec.to_json(d) + b"\n" for d in loaded.documents.values()))
    count = write_codings(codings, out, with_text=with_text)
    note(f"import: {count} codes in {out}")
