"""The durable executions."""
