// Verifies Gatehouse's access tokens by itself, with jose. It reads tokens from its input, one a line, and answers each
// with the status that an API would give:  npm install && echo "$ACCESS" | node jose.mjs
import { createInterface } from 'node:readline';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const gatehouse = process.env.GATEHOUSE || 'http://localhost:3000';
const issuer = process.env.ISSUER || gatehouse; // Gatehouse's --issuer; unless set, its --base-url
const audience = process.env.AUDIENCE || issuer; // Gatehouse's --audience; unless set, its --base-url

// The keys are kept for five minutes. An unknown kid has them fetched again, but once a minute at most.
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gatehouse), { cacheMaxAge: 300_000, cooldownDuration: 60_000 });

// Returns what the token says. payload.sub is the user's id.
async function verify(token) {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ['ES256'], // never the one that the token asks for
    typ: 'at+jwt', // a refresh token is no access token
    issuer,
    audience,
    requiredClaims: ['exp', 'sub', 'sid'],
  });
  return payload;
}

// Keys that could not be fetched say nothing about the token.
const away = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'];
const status = (err) => (!err.code?.startsWith?.('ERR_J') || away.includes(err.code) ? 503 : 401);

for await (const token of createInterface({ input: process.stdin })) {
  try {
    console.log(200, JSON.stringify(await verify(token)));
  } catch (err) {
    console.log(status(err), err.message);
  }
}
