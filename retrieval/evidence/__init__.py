"""From passages to the sentences that answer, and how likely it is that they do."""
