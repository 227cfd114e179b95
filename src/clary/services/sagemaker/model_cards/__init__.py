"""Model cards: documents about models, their versions, and their export to PDF."""
