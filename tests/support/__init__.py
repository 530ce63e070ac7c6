"""Real servers and helpers that tests of every package share; holds no test of the product itself."""
