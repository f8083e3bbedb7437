"""The database: tables, the only SQL, migrations."""
