// Who is this? Asks Gatehouse, with the visitor's own Cookie header.
const express = require('express');
const gatehouse = process.env.GATEHOUSE || 'http://127.0.0.1:3000';

async function whoIsThis(req, res, next) {
  try {
    const headers = { cookie: req.headers.cookie || '' };
    const answer = await fetch(gatehouse + '/api/users/me', { headers, signal: AbortSignal.timeout(5000) });
    if (answer.status === 401) return res.status(401).send('Please sign in first.\n');
    if (!answer.ok) throw new Error(`Gatehouse answered ${answer.status}`);
    req.user = (await answer.json()).data;
  } catch (err) { // no answer is not "signed out"
    console.error(err.message);
    return res.status(503).set('Retry-After', '5').send('Please try again in a moment.\n');
  }
  next();
}

const app = express();
app.get('/', whoIsThis, (req, res) => res.type('text').send(`You are ${req.user.email}.\n`));
const server = app.listen(process.env.PORT || 8080, '127.0.0.1', () => console.log('listening on port', server.address().port));
