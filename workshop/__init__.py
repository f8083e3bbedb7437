"""What coordinators do with definitions: check, test, prove; pure, and no running case depends on it."""
