"""The movement's statistics: the ledger of participation facts, its counts, and the targets they are held against."""
