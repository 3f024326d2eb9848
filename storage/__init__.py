"""The only SQL: engines, schema, records and one module per table group."""
