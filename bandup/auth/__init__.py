"""Who may see what: roles, the roster, the guard in front of every read, the audit log."""
