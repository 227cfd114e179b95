"""One module for each row of the table: it starts the servers, lets them take turns, and says what it measured."""
