"""The way of the database from one version of the tables to the next."""
