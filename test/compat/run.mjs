import { spawn } from 'node:child_process';
import { basename } from 'node:path';

const TIMEOUT_MS = 600_000;
/** Runs a program to its end, and gives what it says. Throws with all of that when it fails. */
export async function run(folder, command, ...args) {
  const began = performance.now();
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, CI: 'true', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
  }
  const ended = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve(code ?? signal));
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const line = `${basename(folder)}: ${command} ${args.join(' ')}`;
  console.log(`${line.length > 110 ? `${line.slice(0, 109)}…` : line}: ${seconds} s`);
  if (ended !== 0) throw new Error(`${line} ended with ${ended}.\n${said.stdout}${said.stderr}`);
  if (/did not exit|failed to exit gracefully/.test(said.stderr)) {
    throw new Error(`${line} leaves something open.\n${said.stderr}`);
  }
  return said.stdout;
}

export const INSTALL = [
  'install',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];
