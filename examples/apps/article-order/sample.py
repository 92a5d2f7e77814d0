import click


@click.command()
def greet():
    click.echo("a sample")


greet()
