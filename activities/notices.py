"""Telling people: reminders, escalations and the like go into the outbox, once each, by code and without particulars."""

from datetime import UTC, datetime

from temporalio import activity

from activities.shapes import Tells
from store.outbox import Outbox


class NoticeActivities:
    """The activity `tell`."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    @activity.defn(name="tell")
    async def tell(self, tells: Tells) -> None:
        """Keep each message; the outbox knows it by its id, so that a second run adds nothing."""
        for tell in tells.tells:
            await self._outbox.add(tell, datetime.now(UTC))
