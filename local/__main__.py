"""The local cloud's command line: `python -m local up | down | status | demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from local import deployment, researcher, study
from local.cloud import Cloud
from local.edge import route
from local.failures import LocalCloudError
from local.places import DEFAULT_STATE_DIR, ENVIRONMENT_FILE

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="AWS emulated on this machine.")
console = Console()
Fresh = Annotated[bool, typer.Option("--fresh", help="Apply the Terraform root even if there is a deployment to copy.")]
Edge = Annotated[bool, typer.Option("--edge", help="Reach games through the page's own address (the edge route).")]
StateDir = Annotated[Path, typer.Option("--state-dir", help="Folder of state, logs and Terraform files.")]


@cli.command()
def up(state_dir: StateDir = DEFAULT_STATE_DIR, fresh: Fresh = False, edge: Edge = False) -> None:
    """Start the local cloud, the example studies and the participant page in the background."""
    cloud = Cloud(state_dir)
    if cloud.is_running() and cloud.state.page_url:
        console.print("The local cloud is running already.")
    else:
        with console.status("Starting") as progress:
            deployment.deploy(cloud, lambda part: progress.update(part), fresh=fresh)
            if edge:
                route.use(cloud, lambda part: progress.update(part))
            progress.update("Submitting the example studies")
            study.submit_studies(cloud, *study.EXAMPLES)
            progress.update("Starting the participant page")
            cloud.serve_page()
            researcher.allow_files(cloud)
    _show(cloud)


@cli.command()
def down(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Stop the local cloud and delete everything in it except the logs."""
    ended = Cloud(state_dir).stop()
    console.print(f"Stopped: {ended} processes ended." if ended else "The local cloud was not running.")


@cli.command()
def status(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Show whether the local cloud runs, and its addresses. Exit code 1 if it does not run."""
    cloud = Cloud(state_dir)
    if not cloud.is_running():
        console.print("The local cloud is not running.")
        raise typer.Exit(1)
    _show(cloud)


@cli.command()
def demo(fresh: Fresh = False) -> None:
    """Deploy, walk participants through the example study, and check that nothing is left behind."""
    from local.demo import run  # slow imports that the other commands do not need

    raise typer.Exit(run(fresh=fresh))


def _show(cloud: Cloud) -> None:
    """Print each address on one line: a terminal cannot copy a folded URL."""
    state = cloud.state
    rows = {
        "MiniStack": f"{state.gateway_url}  (pid {state.gateway.pid})",
        "ECS and EC2": f"{state.fargate_url}  (pid {state.fargate.pid})",
    }
    if state.copy_of:
        rows["Deployment"] = f"a copy of the one that terraform applied at {state.copy_of}"
    if state.outputs:
        rows |= {"Participants' API": cloud.next_url, "Projects bucket": state.outputs["bucket"]}
    if state.outputs.get("game_route") == "edge":
        rows["Route to games"] = f"edge: {state.page_url}/game/…"
    if state.page_url:
        rows |= {f"Take part in {each}": f"{state.page_url}/?projectId={each}" for each in state.studies}
    rows |= {f"Time: {part}": f"{seconds:.1f} s" for part, seconds in state.seconds.items()}
    rows["Logs"] = str(cloud.logs)
    environment = cloud.state_dir / ENVIRONMENT_FILE
    if environment.is_file():
        near = environment.is_relative_to(Path.cwd())
        rows["To use hippo, type"] = f". {environment.relative_to(Path.cwd()) if near else environment}"
    width = max(map(len, rows))
    for name, value in rows.items():
        console.print(f"[bold]{name:<{width}}[/bold]  {escape(value)}", soft_wrap=True, highlight=False)


def main() -> None:
    """Run a command; print a LocalCloudError as one sentence and exit with 1."""
    try:
        cli()
    except LocalCloudError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), style="red", markup=False)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
