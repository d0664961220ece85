// The peer: Express 4 as its tutorials put it together, sessions in MySQL, one process a core. What it could do without is
// left out (no logger, no CSRF token, no limits), and the user lies in the session, so that a check asks for one row.
// By default a check also writes the session's new end and waits for the disk; disableTouch spares it that.
import cluster from 'node:cluster';
import os from 'node:os';
import bcrypt from 'bcrypt';
import express from 'express';
import session from 'express-session';
import createStore from 'express-mysql-session';
import mysql from 'mysql2/promise';

const { DB_SOCKET, DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME, SESSION_SECRET } = process.env;
const cores = os.availableParallelism();

async function serve() {
  const pool = mysql.createPool({
    ...(DB_SOCKET ? { socketPath: DB_SOCKET } : { host: DB_HOST, port: Number(DB_PORT) }),
    user: DB_USER, password: DB_PASSWORD, database: DB_NAME, connectionLimit: 16 / cores, timezone: 'Z',
  });
  const MySQLStore = createStore(session);
  const store = new MySQLStore({ disableTouch: true }, pool);
  await store.onReady();

  const app = express();
  app.get('/healthz', (req, res) => res.json({ success: true }));
  app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, store }));
  app.use(express.json());

  app.get('/api/users/me', (req, res) => {
    if (!req.session.user) return res.status(401).json({ error: true, message: 'You are not signed in' });
    res.json({ success: true, data: req.session.user });
  });

  app.post('/api/users/login', async (req, res, next) => {
    try {
      const [[row]] = await pool.execute('SELECT * FROM users WHERE email = ? AND state = 1', [String(req.body.email)]);
      if (!row || !await bcrypt.compare(String(req.body.password), row.password)) {
        return res.status(401).json({ error: true, message: 'Error logged in' });
      }
      await pool.execute('UPDATE users SET lastLogin = UTC_TIMESTAMP() WHERE id = ?', [row.id]);
      const lastLogin = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      const user = {
        id: row.id, email: row.email, gender: row.gender, lastLogin, name: row.name, role: row.role, state: row.state,
        created: new Date(row.created).toISOString(),
      };
      req.session.regenerate((err) => {
        if (err) return next(err);
        req.session.user = user;
        res.json({ success: true, data: user }); // express-session saves before the answer ends
      });
    } catch (err) {
      next(err);
    }
  });

  app.listen(0, '127.0.0.1');
}

if (cluster.isPrimary) {
  const workers = Array.from({ length: cores }, () => cluster.fork());
  let ready = 0;
  cluster.on('listening', (worker, address) => {
    if (++ready < cores) return;
    const processes = [process.pid, ...workers.map((w) => w.process.pid)];
    console.log(`listening at http://127.0.0.1:${address.port} with processes ${processes.join(' ')}`);
  });
  process.on('SIGINT', () => process.exit(0)); // the others end when they lose it
  cluster.on('exit', (worker, code) => {
    if (!worker.exitedAfterDisconnect) process.exit(code || 1);
  });
} else {
  await serve();
}
