"""Everything that a workflow does to the outside world, one retryable step each."""
