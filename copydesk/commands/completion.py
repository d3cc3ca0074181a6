"""`copydesk completion`: the script that lets a shell complete commands, options and portal ids."""

from __future__ import annotations

import click

from copydesk.context import DeskCommand


@click.command(cls=DeskCommand)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands in a shell.

    SHELL is bash, zsh or fish. Load the script from the shell's start-up file.

    \b
    Examples:
      eval "$(copydesk completion bash)"
      copydesk completion fish > ~/.config/fish/completions/copydesk.fish
    """
    from click.shell_completion import get_completion_class

    maker = get_completion_class(shell)
    assert maker is not None
    root = context.find_root().command
    script = maker(root, {}, "copydesk", "_COPYDESK_COMPLETE")
    click.echo(script.source_template % script.source_vars())
