"""The festival day: its programme, its guests, and everything people do there."""
