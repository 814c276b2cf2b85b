"""What a designed experiment on selection comes to: tables, predictions, pictures, a page."""
