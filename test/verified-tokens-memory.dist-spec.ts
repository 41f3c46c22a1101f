import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The start of every program: an application that trusts one issuer, and a way to make its tokens. */
const PREAMBLE = `
  import 'reflect-metadata';
  import { generateKeyPairSync, sign } from 'node:crypto';
  import { Module } from '@nestjs/common';
  import { NestFactory } from '@nestjs/core';
  import { JwtAuthModule, TokenVerifier } from 'nestjs-access-tokens';
  const issuer = 'https://id.example.com';
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  class AppModule {}
  Module({ imports: [JwtAuthModule.forRoot({
    issuer, audience: 'api', publicKey: publicKey.export({ format: 'jwk' }), ...OPTIONS,
  })] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const verifier = app.get(TokenVerifier);
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const tokenOf = (claims) => {
    const own = { iss: issuer, aud: 'api', sub: 'a', client_id: 'w', scope: '', exp };
    const json = JSON.stringify({ ...own, ...claims });
    const input = part({ alg: 'EdDSA', typ: 'at+jwt' }) + '.' + part(json);
    return input + '.' + sign(null, Buffer.from(input), privateKey).toString('base64url');
  };
  const remember = async (token) => {
    await verifier.verify(token);
    await verifier.verify(token);
  };
  const heap = () => {
    globalThis.gc?.();
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
`;

async function run(program: string, flags: string[], options: object = {}) {
  const preamble = PREAMBLE.replace('...OPTIONS', `...${JSON.stringify(options)}`);
  const child = spawn(
    process.execPath,
    [...flags, '--input-type=module', '--eval', preamble + program],
    { timeout: 170_000, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: output.trim(), errors: errors.slice(0, 500) };
}

describe('the memory of verified tokens', () => {
  jest.setTimeout(180_000);

  it('does not end a process with 512 MB of heap, with 10,000 tokens of 2,000 scopes each', async () => {
    const { code, output, errors } = await run(
      `
      const many = Array.from({ length: 2_000 }, (_, i) => 's' + i.toString(36)).join(' ');
      let length = 0;
      for (let i = 0; i < 10_000; i += 1) {
        const token = tokenOf({ scope: many, jti: String(i) });
        length = token.length;
        await remember(token);
      }
      console.log(length > 11_000);
      process.exit(0);
      `,
      ['--max-old-space-size=512'],
    );
    expect({ code, output, errors }).toEqual({ code: 0, output: 'true', errors: '' });
  });

  const shapes: [string, string, number][] = [
    ['usual tokens', '{ jti: `${i}`, scope: "orders.read orders.write profile" }', 12_000],
    [
      '400 scopes',
      '{ jti: `${i}`, scope: Array.from({ length: 400 }, (_, k) => `s${k}`).join(" ") }',
      1_300,
    ],
    [
      '300 roles',
      '{ jti: `${i}`, roles: Array.from({ length: 300 }, (_, k) => `${i}-${k}`) }',
      1_300,
    ],
    [
      '200 small objects',
      '{ jti: `${i}`, a: Array.from({ length: 200 }, () => ({ a: 1 })) }',
      1_300,
    ],
    [
      '400 names of members',
      '{ jti: `${i}`, a: Object.fromEntries(Array.from({ length: 400 }, (_, k) => [`${i}x${k}`, 1])) }',
      1_300,
    ],
    ['700 empty lists', '{ jti: `${i}`, a: Array.from({ length: 700 }, () => []) }', 1_300],
    ['long texts that are not Latin', '{ jti: `${i}`, a: "世".repeat(3_000) + i }', 2_000],
  ];

  it.each(shapes)('stays within its bytes: %s', async (_, claims, count) => {
    const { code, output, errors } = await run(
      `
      const before = heap();
      for (let i = 0; i < ${count}; i += 1) await remember(tokenOf(${claims}));
      console.log(Math.round((heap() - before) / 2 ** 20));
      process.exit(0);
      `,
      ['--expose-gc'],
      { verifiedTokenCacheSize: 1_000_000, verifiedTokenCacheBytes: 32 * 2 ** 20 },
    );
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    // Beside them there is what the process needs anyway.
    expect(Number(output)).toBeLessThanOrEqual(32 + 4);
    expect(Number(output)).toBeGreaterThanOrEqual(10);
  });
});
