// Verifies Gatehouse's access tokens by itself, with jsonwebtoken. It reads tokens from its input, one a line, and answers
// each with the status that an API would give:  npm install && echo "$ACCESS" | node jsonwebtoken.mjs
import { createPublicKey } from 'node:crypto';
import { createInterface } from 'node:readline';
import jwt from 'jsonwebtoken';

const gatehouse = process.env.GATEHOUSE || 'http://localhost:3000';
const issuer = process.env.ISSUER || gatehouse; // Gatehouse's --issuer; unless set, its --base-url
const audience = process.env.AUDIENCE || issuer; // Gatehouse's --audience; unless set, its --base-url

class Away extends Error {} // the keys could not be fetched, which says nothing about the token

let keys = new Map();
let fetchedAt = 0;
let fetching;

async function fetchKeys() {
  try {
    const url = new URL('/.well-known/jwks.json', gatehouse);
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const set = (await answer.json()).keys.filter((jwk) => jwk.alg === 'ES256');
    keys = new Map(set.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
    fetchedAt = Date.now();
  } catch (err) {
    throw new Away(`no keys: ${err.message}`);
  }
}

// The keys are kept for five minutes. An unknown kid has them fetched again, but once a minute at most.
async function keyOf(kid) {
  const age = Date.now() - fetchedAt;
  if (age > 300_000 || (!keys.has(kid) && age > 60_000)) {
    await (fetching ??= fetchKeys().finally(() => (fetching = undefined)));
  }
  return keys.get(kid);
}

// Returns what the token says. Its sub is the user's id.
async function verify(token) {
  const header = jwt.decode(token, { complete: true })?.header;
  if (header?.typ !== 'at+jwt') throw new Error('not an access token'); // such as a refresh token
  const key = await keyOf(header.kid);
  if (!key) throw new Error('unknown key');
  const claims = jwt.verify(token, key, { algorithms: ['ES256'], issuer, audience }); // never the token's own algorithm
  if (!claims.exp) throw new Error('no end'); // which the library would let pass
  return claims;
}

for await (const token of createInterface({ input: process.stdin })) {
  try {
    console.log(200, JSON.stringify(await verify(token)));
  } catch (err) {
    console.log(err instanceof Away ? 503 : 401, err.message);
  }
}
