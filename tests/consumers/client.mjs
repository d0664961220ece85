// Runs docs/examples/tokens/client.mjs for a test: a line of JSON is what to do, the answer is a line of JSON too.
import { createInterface } from 'node:readline';

const { Client } = await import(process.argv[2]);
const client = new Client(process.argv[3]);

// What to do, by its name. It returns an answer of fetch, or several.
const acts = {
  login: (email, password) => client.login(email, password),
  logout: () => client.logout(),
  fetch: (times, path, options) => Array.from({ length: times }, () => client.fetch(path, options)),
};

const told = async (promise) => {
  try {
    const answer = await promise;
    return `${answer.status} ${(await answer.json()).code ?? ''}`.trim();
  } catch (err) {
    return `${err.name}: ${err.message}`;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const [act, ...args] = JSON.parse(line);
  console.log(JSON.stringify(await Promise.all([acts[act](...args)].flat().map(told))));
}
