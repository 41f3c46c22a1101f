import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import ts from 'typescript';
import { run } from './run.mjs';

const REALM = 'Bearer realm="https://orders.example.com"';
/** What its filter for its own AxiosError has to find, which may be of another build than the one that this package imports. */
const FAILURES = [
  ['GET', '/invoices/500', { name: 'AxiosError', status: 500, isCancel: false }],
  ['GET', '/invoices/403', { name: 'MissingScopeError', status: 403, isCancel: false }],
  ['POST', '/invoices/given-up', { name: 'CanceledError', isCancel: true }],
  ['POST', '/invoices/broken', { name: 'Error', isCancel: false }],
];

/** Starts what was built, on one version of Node.js and with an authorization server beside it, and asks it once for each answer. */
export async function startedApplication(folder, node) {
  const { startServers, tokenWith } = await support(folder);
  const servers = await startServers();
  const port = await freePort();
  const which = await run(
    folder,
    'npx',
    '--yes',
    '--prefer-offline',
    '-p',
    `node@${node}`,
    'node',
    '-p',
    'process.execPath',
  );
  const env = {
    PATH: process.env.PATH,
    PORT: port,
    ISSUER: servers.url,
    BILLING_URL: servers.url,
    // Nobody is there. What goes to this machine has no need of it.
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: 'http://127.0.0.1:1',
  };
  const child = spawn(which.trim(), ['dist/main'], { cwd: folder, env: { ...env, NO_COLOR: '1' } });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  child.stdout.on('data', (text) => (said += text));
  const ask = async (method, path, scope) => {
    const authorization = `Bearer ${tokenWith({ iss: servers.url, scope })}`;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: scope ? { authorization } : {},
    });
    const challenge = response.headers.get('www-authenticate');
    return [response.status, challenge, await response.json()];
  };
  try {
    await listening(child, port);
    await answers(ask);
    const expired = tokenWith({ iss: servers.url, scope: 'orders.read', exp: 1_000 });
    const { status } = await fetch(`http://127.0.0.1:${port}/orders`, {
      headers: { authorization: `Bearer ${expired}` },
    });
    assert.equal(status, 401);
    await saying(() => said, /DEBUG .*Refused token .*: expired: exp 1000/);
    console.log(`nest, built, on Node ${node}: answers as it should`);
  } catch (error) {
    throw new Error(`${folder} on Node ${node}:\n${said}`, { cause: error });
  } finally {
    child.kill();
    await servers.close();
  }
}

/** Whoever runs it finds the reason at the level that Nest logs at by default. */
async function saying(said, what) {
  for (let tries = 0; !what.test(said()); tries++) {
    if (tries === 100) throw new Error(`It does not say ${what}.`);
    await setTimeout(50);
  }
}

/** Nest says that it has started before it listens. */
async function listening(child, port) {
  for (let tries = 0; child.exitCode === null && tries < 300; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await setTimeout(100);
  }
  throw new Error('It does not listen.');
}

async function answers(ask) {
  const [open, , mine] = await ask('GET', '/orders', 'orders.read');
  assert.deepEqual([open, mine], [200, { caller: 'tests', user: 'alice', mayWrite: false }]);
  const [closed, challenge] = await ask('GET', '/orders');
  assert.deepEqual([closed, challenge], [401, `${REALM}, scope="orders.read"`]);
  const [forbidden, wanted] = await ask('POST', '/orders', 'orders.read');
  assert.equal(forbidden, 403);
  assert.match(wanted, /error="insufficient_scope".*scope="orders.read orders.write"$/);
  const [, , invoice] = await ask('GET', '/invoices/7', 'orders.read');
  assert.deepEqual(invoice, { id: '7', authorization: 'Bearer of-orders' });
  for (const [method, path, expected] of FAILURES) {
    const [status, , found] = await ask(method, path, 'orders.read');
    assert.deepEqual([status, found], [502, { ...expected, isAxiosError: true }], path);
  }
}

/** The servers of the e2e test, compiled for here. */
async function support(folder) {
  const compiled = join(folder, 'dist-support');
  const sources = join(folder, 'test/support');
  mkdirSync(compiled, { recursive: true });
  writeFileSync(join(compiled, 'package.json'), '{ "type": "module" }');
  for (const file of readdirSync(sources)) {
    const source = readFileSync(join(sources, file), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    const withExtensions = outputText.replace(/(from '\.[^']+?)(\.js)?'/g, "$1.js'");
    writeFileSync(join(compiled, file.replace('.ts', '.js')), withExtensions);
  }
  const load = (name) => import(join(compiled, name));
  return { ...(await load('local-servers.js')), ...(await load('test-tokens.js')) };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
