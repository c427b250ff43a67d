"""The adapter process: connects the program's pipes with the process of the tests. Started as a script; imports no package."""

import os
import socket
import sys
import threading


def main() -> None:
    port, token = int(sys.argv[1]), sys.argv[2]
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(token.encode() + b"\n")

    def replies() -> None:
        while data := connection.recv(1 << 16):
            while data:
                data = data[os.write(1, data) :]
        # The tests' process has gone, or has closed this connection.
        os._exit(0)

    threading.Thread(target=replies, daemon=True).start()
    while data := os.read(0, 1 << 16):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
