"""What coordinators do with definitions: check, test; pure, and no running case depends on it."""
