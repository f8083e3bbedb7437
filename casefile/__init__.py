"""What is recorded about a case beside its course: its code, its particulars. Pure."""
