"""The organiser's side of festivals."""
