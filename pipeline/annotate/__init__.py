"""Coding by hand: task files, the coding page, agreement, adjudication, exchange with tools."""
