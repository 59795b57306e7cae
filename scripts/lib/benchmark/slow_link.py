"""A TCP relay on 127.0.0.1 that makes a far-away API server of a near one: each direction is delayed, and limited in speed.
It counts the bytes of both."""

import asyncio
import threading

PIECE = 16 * 1024
# The shortest wait, in seconds: a shorter one takes longer than it should, and the link would be slower than it says.
TICK = 0.005


class SlowLink:
    """Forwards connections on `port`.

    Delay is half of the added round-trip time, in seconds; the limit is in bytes a second for each direction.
    """

    def __init__(self, target: int, delay: float = 0, limit: float = 10e9):
        self.target, self.delay, self.limit = target, delay, limit
        #: Bytes so far, from the server and to it.
        self.received = self.sent = 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.serve, args=(ready,), daemon=True).start()
        ready.wait()

    def serve(self, ready: threading.Event):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def accept(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.pump(reader, back, "sent"), self.pump(there, writer, "received"), return_exceptions=True)

    async def pump(self, reader, writer, counter: str):
        """Each piece leaves when the line is free, and arrives the delay later."""
        pieces: asyncio.Queue = asyncio.Queue(maxsize=max(1, int(2 * self.delay * self.limit / PIECE)))

        async def deliver():
            while True:
                arrives, piece = await pieces.get()
                if arrives - self.loop.time() > TICK:
                    await asyncio.sleep(arrives - self.loop.time())
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
            writer.close()

        delivery = asyncio.ensure_future(deliver())
        free = self.loop.time()
        try:
            while piece := await reader.read(PIECE):
                setattr(self, counter, getattr(self, counter) + len(piece))
                free = max(free, self.loop.time()) + len(piece) / self.limit
                await pieces.put((free + self.delay, piece))
                if free - self.loop.time() > TICK:
                    await asyncio.sleep(free - self.loop.time())
        except ConnectionError:
            pass
        await pieces.put((self.loop.time() + self.delay, b""))
        await delivery
