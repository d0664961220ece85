// Makes INSERT statements of users that were exported as JSON, one a line, with bcrypt hashes as passwords:
//   mongoexport --uri "$MONGO" --collection users | node import-users.mjs --sqlite > users.sql
// --mysql writes them for MySQL and MariaDB. Who cannot be moved is listed on stderr, and then the exit code is 1.

// Where yours are called otherwise, change the right-hand sides. Only people whose state is 1 can sign in.
const fieldsOf = (u) => ({ email: u.email, password: u.password, name: u.name, gender: u.gender, role: u.role, state: u.state });

const engine = process.argv[2];
if (process.argv.length !== 3 || !['--sqlite', '--mysql'].includes(engine)) {
  console.error('usage: node import-users.mjs --sqlite | --mysql');
  process.exit(2);
}

const longest = { email: 254, password: 60, name: 100, gender: 20, role: 50 };
const bcrypt = /^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/;

// Throws what is wrong with a user, and fills in what is missing.
function check(fields) {
  for (const [field, limit] of Object.entries(longest)) {
    const text = (fields[field] ||= null);
    if (text === null) continue;
    const utf8 = typeof text === 'string' && Buffer.from(text).toString() === text; // else half of a character would change
    if (!utf8 || text.includes('\0')) throw new Error(`${field} is no text`);
    if ([...text].length > limit) throw new Error(`${field} is longer than ${limit} characters`);
  }
  if (!/^[^\s@]+@[^\s@]+$/.test(fields.email ?? '')) throw new Error('email is no address');
  if (!bcrypt.test(fields.password ?? '')) throw new Error('password is no bcrypt hash');
  if (!Number.isInteger((fields.state ??= 1))) throw new Error('state is no whole number');
  fields.role ??= 'user';
}

// Text becomes hexadecimal digits: there is nothing in it to escape, whatever the settings of the database.
function literal(value) {
  if (value === null || typeof value === 'number') return String(value).toUpperCase();
  const hex = `X'${Buffer.from(value).toString('hex')}'`;
  return engine === '--mysql' ? `_utf8mb4 ${hex}` : `CAST(${hex} AS TEXT)`;
}

// Nobody is inserted twice, also where this is run again: of two rows with one address none could sign in.
function statement(fields) {
  const columns = ['email', 'password', 'name', 'gender', 'role', 'state'];
  return `INSERT INTO users (${columns.join(', ')}) SELECT ${columns.map((c) => literal(fields[c])).join(', ')} `
    + `FROM (SELECT 1 AS one) AS once WHERE NOT EXISTS (SELECT 1 FROM users WHERE email = ${literal(fields.email)});`;
}

async function* lines(input) { // not readline, which would split a name at a line separator of Unicode
  let rest = '';
  for await (const chunk of input.setEncoding('utf8')) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop();
    yield* parts;
  }
  yield rest;
}

function parsed(line) {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    throw new Error('no JSON object');
  }
}

const count = { lines: 0, written: 0, refused: 0 };
const seen = new Map(); // the line of each address
// Without this an older MySQL cuts what is too long.
if (engine === '--mysql') console.log("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES');");
console.log('BEGIN;');
for await (const line of lines(process.stdin)) {
  count.lines++;
  if (!line.trim()) continue;
  let who = '';
  try {
    const fields = parsed(line);
    who = fields.email ? `${fields.email} ` : '';
    check(fields);
    const address = fields.email.normalize().toLowerCase();
    if (seen.has(address)) throw new Error(`this address is in line ${seen.get(address)} too`);
    seen.set(address, count.lines);
    console.log(statement(fields));
    count.written++;
  } catch (err) {
    console.error(`line ${count.lines}: ${JSON.stringify(who + err.message)}`);
    count.refused++;
  }
}
console.log('COMMIT;');
console.error(`${count.written} written, ${count.refused} refused`);
process.exitCode = count.refused ? 1 : 0;
