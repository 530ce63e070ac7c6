"""The contest on the players' server: people, attempts, boards, public pages."""
