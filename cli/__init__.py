"""The `caseway` command."""
