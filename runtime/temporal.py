"""The connection to Temporal: one way to connect, for worker, API and tests."""

import asyncio
from datetime import timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.common import HeaderCodecBehavior
from temporalio.service import RPCError

from runtime.codec import data_converter
from runtime.settings import Settings

RETENTION = timedelta(days=7)
_BETWEEN_TRIES = 0.1


class TemporalUnreachable(Exception):
    """Nothing answered in time; the sentence says where."""


async def connect(settings: Settings, role: str = "caseway", patience: float = 30.0) -> Client:
    """Connect, trying for at most `patience` seconds.

    `role` is what Temporal keeps as the identity, readable for ever; the default would be pid and host name.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        try:
            client = await Client.connect(
                settings.temporal,
                namespace=settings.namespace,
                data_converter=data_converter(settings.keys.payload),
                identity=role,
                header_codec_behavior=HeaderCodecBehavior.CODEC,
            )
            await _namespace_answers(client)
            return client
        except (RuntimeError, RPCError):  # the SDK raises RuntimeError where nobody listens
            if loop.time() > until:
                raise TemporalUnreachable(f"Temporal does not answer at {settings.temporal}") from None
            await asyncio.sleep(_BETWEEN_TRIES)


async def _namespace_answers(client: Client) -> None:
    # the port opens some 50 ms before the namespace is there
    request = DescribeNamespaceRequest(namespace=client.namespace)
    await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=5))


async def retention(client: Client) -> timedelta:
    """How long the server keeps the history of a closed execution."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    answer = await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=5))
    kept: timedelta = answer.config.workflow_execution_retention_ttl.ToTimedelta()
    return kept


async def keep_closed_cases_for_a_week(client: Client) -> None:
    """The development server forgets the history of a closed execution after one day unless told otherwise."""
    request = UpdateNamespaceRequest(namespace=client.namespace)
    request.config.workflow_execution_retention_ttl.FromTimedelta(RETENTION)
    await client.workflow_service.update_namespace(request, timeout=timedelta(seconds=10))
