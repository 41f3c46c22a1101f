import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { AUDIENCE } from '../plan.js';

/** Express without Nest: open, or guarded by express-oauth2-jwt-bearer where there is an issuer. */
export async function startPlain(guarded?: { issuer: string }): Promise<number> {
  const app = express();
  if (guarded) app.use(auth({ issuerBaseURL: guarded.issuer, audience: AUDIENCE }));
  app.get('/', (_request, response) => {
    response.json({ ok: true });
  });
  app.use(answerRefusal);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

/** In place of Express's own, which prints every error. It is known as such by its four parameters. */
const answerRefusal: ErrorRequestHandler = (
  error: { status?: number },
  _request,
  response,
  _next,
) => {
  response.status(error.status ?? 500).end();
};
