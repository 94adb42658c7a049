"""Populations: the list of photoreal people, their pictures, and data sets of drawn and of photoreal people."""
