"""The process engine: what a definition says, and what follows from it for one case. Pure."""
