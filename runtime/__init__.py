"""What every process needs to start: settings, logs, the Temporal connection, the codec, the embedded servers."""
