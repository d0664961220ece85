// A program of the kind that people move away from: it keeps passwords as they are typed, and compares them in SQL.
// It answers 200 to everybody and says in the body whether it worked, as such programs do.
import express from 'express';
import mysql from 'mysql2/promise';

const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME, PORT = '0' } = process.env;
const pool = mysql.createPool({
  host: DB_HOST, port: Number(DB_PORT), user: DB_USER, password: DB_PASSWORD, database: DB_NAME, connectionLimit: 5,
});

const details = 'id, email, gender, lastLogin, name, role, state';

// rightful returns the active user whose e-mail address and password these are.
async function rightful({ email, password }) {
  const [[user]] = await pool.execute(
    `SELECT ${details} FROM users WHERE email = ? AND password = ? AND state = 1`, [String(email), String(password)]);
  return user;
}

async function login(body) {
  const user = await rightful(body);
  if (!user) return { error: true, message: 'Error logged in' };
  await pool.execute('UPDATE users SET lastLogin = UTC_TIMESTAMP() WHERE id = ?', [user.id]);
  const [[data]] = await pool.execute(`SELECT ${details} FROM users WHERE id = ?`, [user.id]);
  return { success: true, data };
}

async function signup({ email, password, name = null }) {
  const [taken] = await pool.execute('SELECT id FROM users WHERE email = ?', [String(email)]);
  if (taken.length > 0) return { error: true, message: 'E-mail address is taken' };
  const [done] = await pool.execute(
    'INSERT INTO users (email, password, name, role) VALUES (?, ?, ?, ?)', [String(email), String(password), name, 'user']);
  return { success: true, data: { id: done.insertId } };
}

async function changePassword({ email, password, newPassword }) {
  if (!await rightful({ email, password })) return { error: true, message: 'Wrong password' };
  await pool.execute('UPDATE users SET password = ? WHERE email = ?', [String(newPassword), String(email)]);
  return { success: true };
}

const app = express();
app.use(express.json());
const serve = (path, act) => app.post(path, async (req, res) => res.json(await act(req.body)));
serve('/api/users/login', login);
serve('/api/users/logout', async () => ({ success: true, message: 'user logout successfully' }));
serve('/api/users/signup', signup);
serve('/api/users/password', changePassword);
app.use((err, req, res, next) => {
  console.error(err);
  res.status(500).json({ error: true, message: err.message });
});

const server = app.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on port ${server.address().port}`));
