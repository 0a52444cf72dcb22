"""Proves to update_project_master_list who asks for a change of a study that has owners.

The proof is a signed request to AWS STS, GetCallerIdentity, which the function sends on
(`hippo_gym.studies.owners`). Its signature is good for this one change, and for some minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from hippo_cli.deployment import Deployment
from hippo_common.errors import HippoError
from hippo_gym.studies import owners


def of(deployment: Deployment, payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the proof of a payload: the headers of the signed request.

    Raises:
        HippoError: there are no credentials.
    """
    sts, credentials = deployment.client("sts"), deployment.credentials()
    if credentials is None:
        raise HippoError("There are no AWS credentials.", "Log in, or set AWS_PROFILE.")
    headers = {"Content-Type": owners.TYPE, owners.HEADER: owners.digest(deployment.name, payload)}
    request = AWSRequest("POST", f"{sts.meta.endpoint_url}/", headers=headers, data=owners.BODY)
    SigV4Auth(credentials, "sts", deployment.region).add_auth(request)
    return {name: str(request.headers[name]) for name in owners.SIGNED_HEADERS if name in request.headers}
