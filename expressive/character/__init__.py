"""The YAML profile of who a character is: schema, loading, clear errors."""
