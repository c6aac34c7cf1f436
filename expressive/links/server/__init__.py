"""The server: characters over a WebSocket, for browsers and engines; ``docs/serve.md`` is its protocol."""
