// A client of Gatehouse's tokens, for Node and for the browser (same origin). It keeps the tokens in memory alone.
//   const gatehouse = new Client('http://localhost:3000');
//   await gatehouse.login('ann@example.com', 'correct horse');
//   const answer = await gatehouse.fetch('/api/users/me');
export class Client {
  #base;
  #tokens = null; // with accessToken and refreshToken; null while nobody is signed in
  #refreshing = null; // the one refresh that all requests wait for

  constructor(base = globalThis.location?.origin) { this.#base = new URL(base); }

  async login(email, password) {
    const answer = await this.#post('/auth/login', { email, password });
    if (answer.ok) this.#tokens = await answer.clone().json();
    return answer;
  }

  // As the global fetch, with the token. If that has expired it is refreshed and the request sent again: no streams as body.
  // A 401 means that somebody has to sign in; an error or another status says nothing about that.
  async fetch(path, options = {}) {
    const url = new URL(path, this.#base);
    if (url.origin !== this.#base.origin) throw new TypeError(`${url.origin} gets no token`);
    const send = (tokens) => {
      const headers = new Headers(options.headers);
      if (tokens) headers.set('Authorization', `Bearer ${tokens.accessToken}`);
      return fetch(url, { ...options, headers, credentials: 'omit' }); // never a cookie instead
    };
    const used = this.#tokens;
    const answer = await send(used);
    if (!used || answer.status !== 401 || (await codeOf(answer)) !== 'token_expired') return answer;
    if (this.#tokens === used) { // else another request has refreshed meanwhile
      await (this.#refreshing ??= this.#refresh(used).finally(() => (this.#refreshing = null)));
    }
    return this.#tokens ? send(this.#tokens) : answer;
  }

  async #refresh(used) {
    const exchange = () => this.#post('/auth/refresh', { refreshToken: used.refreshToken }, { signal: AbortSignal.timeout(4000) });
    const answer = await exchange().catch(exchange); // an answer that was lost is given again, for ten seconds
    if (!answer.ok && answer.status !== 401) throw new Error(`no new token: status ${answer.status}`);
    const next = answer.ok ? await answer.json() : null; // 401: signed out elsewhere, or too late
    if (this.#tokens === used) this.#tokens = next; // else somebody signed in or out meanwhile
  }

  async logout() {
    const answer = await this.#post('/auth/logout', {}, { headers: { 'Authorization-Refresh': this.#tokens?.refreshToken ?? '' } });
    if (answer.ok) this.#tokens = null;
    return answer;
  }

  #post(path, body, { headers, ...options } = {}) {
    headers = { 'Content-Type': 'application/json', ...headers };
    return fetch(new URL(path, this.#base), { method: 'POST', body: JSON.stringify(body), headers, ...options });
  }
}

// A proxy that guards an app answers with a page of its own, and keeps no more of the reason than this header.
const byHeader = (answer) => (answer.headers.get('WWW-Authenticate')?.includes('invalid_token') ? 'token_expired' : '');
const codeOf = (answer) => answer.clone().json().then((body) => body.code, () => byHeader(answer));
