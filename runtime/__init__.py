"""What every process needs to start: settings, logs, the Temporal connection, the payload codec, the embedded servers."""
