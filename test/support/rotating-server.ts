import type { Answer, RecordedRequest } from './recording-server.js';

/** An authorization server that takes each refresh token once, and ends the grant where one comes twice. */
export class RotatingServer {
  /** How often a refresh token was good. */
  refreshes = 0;
  readonly revoked: (string | null)[] = [];
  down = false;
  #good: string | undefined = 'rt-0';
  #gate: Promise<void> | undefined;

  /** Does what it is asked from now on, but answers only when it is told. */
  hold(): () => void {
    let letGo = (): void => {};
    this.#gate = new Promise<void>((resolve) => (letGo = resolve));
    return () => letGo();
  }

  async answer({ path, body, headers }: RecordedRequest): Promise<Answer> {
    const origin = `http://${headers.host}`;
    if (path.startsWith('/.well-known/')) {
      const [token_endpoint, revocation_endpoint] = [`${origin}/token`, `${origin}/revoke`];
      return { body: { issuer: origin, token_endpoint, revocation_endpoint } };
    }
    const form = new URLSearchParams(body);
    if (path === '/revoke') {
      this.revoked.push(form.get('token'));
      return { body: {} };
    }
    if (this.down) return { status: 503 };
    const good = form.get('refresh_token') === this.#good;
    this.#good = good ? `rt-${++this.refreshes}` : undefined;
    const tokens = { access_token: `at-${this.refreshes}`, refresh_token: this.#good };
    await this.#gate;
    return good
      ? { body: { ...tokens, token_type: 'Bearer', expires_in: 300 } }
      : { status: 400, body: { error: 'invalid_grant' } };
  }
}
