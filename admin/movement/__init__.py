"""The organiser's side of the movement's statistics."""
