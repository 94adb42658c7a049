"""Help pages, the log, reports."""
