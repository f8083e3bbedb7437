"""Post: what a reminder or an escalation says, to whom it goes and when, by mail, by webhook and in a calendar."""
