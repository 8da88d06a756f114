"""What a conversation remembers: its checkpoints (`checkpoints`), and how much of it a model is shown (`buffer`)."""
