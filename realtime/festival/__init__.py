"""The festival on the players' server: pages and calls for guests, staff phones and the stage."""
