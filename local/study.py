"""Submits a study to the local cloud: with `hippo`, or as researchers' existing scripts do on AWS.

Such a script uploads the pages to the projects bucket, registers the container as a task
definition, and passes the `project` mapping to the function that updates the master list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hippo_cli.publish.task_definitions import UPLOAD_URL
from hippo_common.names import tags_of_task_definition
from local import researcher
from local.cloud import Cloud
from local.failures import LocalCloudError
from local.places import REGION, REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "grid_world"
COMPLETE_EXAMPLE = REPOSITORY / "examples" / "mountain_car"
EXAMPLES = (
    COMPLETE_EXAMPLE,
    EXAMPLE,
    *(
        REPOSITORY / "examples" / name
        for name in ("frozen_lake", "steer_by_touch", "judge_the_driver", "correct_the_driver")
    ),
)
_LIST = "project_master_list.json"
_STOP_TIMEOUT = 5  # seconds: the example's server ends immediately on SIGTERM


def submit_studies(cloud: Cloud, *folders: Path) -> list[dict[str, Any]]:
    """Make a researcher and submit studies with `hippo`; return their entries in the master list.

    Raises:
        LocalCloudError: `hippo` refuses the study, or fails; the message contains hippo's.
    """
    variables = researcher.environment(cloud, researcher.make_researcher(cloud))
    researcher.write_environment(cloud, variables)
    for folder in folders:
        researcher.submit(variables, folder)
    listed = json.loads(cloud.client("s3").get_object(Bucket=cloud.outputs["bucket"], Key=_LIST)["Body"].read())
    entries = {entry["id"]: entry for entry in listed["projects"]}
    submitted = {project_id: entries[project_id] for project_id in map(_project_id, folders)}
    cloud.remember(studies={**cloud.state.studies, **submitted})
    return list(submitted.values())


def read_config(folder: Path) -> dict[str, Any]:
    """Return a study's config.yml."""
    return dict(yaml.safe_load((folder / "config.yml").read_text(encoding="utf-8")))


def _project_id(folder: Path) -> str:
    return str(read_config(folder)["project"]["id"])


def deploy_study(cloud: Cloud, folder: Path = EXAMPLE, **changes: Any) -> dict[str, Any]:
    """Upload a study's pages and register its container and project, as a researcher's script does.

    Args:
        cloud: a cloud on which `deployment.deploy` has run.
        folder: a study: config.yml, its pages, and its game.
        changes: values that replace those of the project, for example `id` or `maxRuntime`.

    Raises:
        LocalCloudError: the function refuses the registration; the message contains the function's.
    """
    project = project_payload({**read_config(folder)["project"], **changes}, cloud.outputs["bucket"])
    upload_pages(cloud, folder, project["id"])
    definition = register_container(cloud, folder, project)
    warnings = register_project(cloud, project)
    deployed = {"project": project, "task_definition": definition, "warnings": warnings}
    cloud.remember(studies={**cloud.state.studies, project["id"]: deployed})
    return deployed


def project_payload(project: Mapping[str, Any], bucket: str) -> dict[str, Any]:
    """Return the payload of researchers' scripts: step keys are strings, ecsTask is the id."""
    steps = {str(key): step for key, step in project["steps"].items()}
    return {**project, "steps": steps, "ecsTask": project["id"], "bucket": bucket}


def upload_pages(cloud: Cloud, folder: Path, project_id: str) -> None:
    """Upload every page of the study, variants included, as `{project id}/{file}`."""
    s3 = cloud.client("s3")
    for page in sorted(folder.glob("*.html")):
        s3.put_object(
            Bucket=cloud.outputs["bucket"],
            Key=f"{project_id}/{page.name}",
            Body=page.read_bytes(),
            ContentType="text/html; charset=utf-8",
        )


def register_container(cloud: Cloud, folder: Path, project: Mapping[str, Any]) -> str:
    """Register a task definition with the study's image; return its ARN."""
    outputs, size = cloud.outputs, project["awsSetup"]
    image = researcher.image_of(folder)
    answer = cloud.client("ecs").register_task_definition(
        family=project["ecsTask"],
        tags=tags_of_task_definition(outputs["name"], project["ecsTask"]),
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu=str(int(float(size["cpu"]) * 1024)),
        memory=str(int(float(size["memory"]) * 1024)),
        executionRoleArn=outputs["task_execution_role_arn"],
        **({"taskRoleArn": outputs["task_role_arn"]} if "task_role_arn" in outputs else {}),
        containerDefinitions=[
            {
                "name": project["ecsTask"],
                "image": image,
                "essential": True,
                "environment": [{"name": UPLOAD_URL, "value": f"{outputs['api_url']}/trials"}],
                "portMappings": [{"containerPort": project.get("port", 5000), "protocol": "tcp"}],
                "stopTimeout": _STOP_TIMEOUT,
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": outputs["session_log_group"],
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": project["ecsTask"],
                    },
                },
            }
        ],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def register_project(cloud: Cloud, project: Mapping[str, Any]) -> list[str]:
    """Pass the project to the function `<name>_update_project_master_list`; return its warnings.

    Raises:
        LocalCloudError: the function refuses the project or fails.
    """
    function = cloud.outputs["function_names"]["update_project_master_list"]
    answer = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(dict(project)).encode())
    reply = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or reply.get("statusCode") != 200:
        raise LocalCloudError(f"The project was not registered: {reply.get('body') or reply}")
    return [line for line in str(reply["body"]).splitlines() if line]
