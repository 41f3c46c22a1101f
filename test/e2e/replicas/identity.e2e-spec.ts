import { globalAgent } from 'node:https';
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
} from 'jose';
import type { ClientAuthentication, TokenClientModuleOptions } from 'nestjs-access-tokens';
import { CertificateAuthority, type PemPair } from '../../support/certificates.js';
import { tokenEndpoint } from '../../support/recording-server.js';
import { ReplicaStage } from '../../support/replica-stage.js';
import { codesOf, newKey } from '../../support/replicas.js';
import { SecureServer } from '../../support/secure-server.js';

describe('replicas that share tokens, with whom', () => {
  const stage = new ReplicaStage();
  const { start, published } = stage;

  it.each<[string, Partial<TokenClientModuleOptions>]>([
    ['another client', { clientId: 'other' }],
    ['another way to prove who they are', { clientAuthentication: 'client_secret_post' }],
    ['another scope', { scope: 'orders.read' }],
    ['another parameter', { parameters: { region: 'north' } }],
    ['another secret', { clientSecret: 'other-secret-of-gateway' }],
    ['other keys', { encryptionKeys: [newKey()] }],
  ])('is nobody with %s', async (_what, more) => {
    const one = await start();
    await one.get();
    await published();
    const two = await start(more);
    expect(await two.get()).toBe('token-2');
    expect(stage.server.requests).toHaveLength(2);
    // Who cannot read what is there is warned; who is somebody else is not.
    expect(codesOf(one.clients, two.clients)).toEqual(
      'encryptionKeys' in more ? ['token_cache_unreadable'] : [],
    );
  });

  it('is nobody who asks another server', async () => {
    await (await start()).get();
    await published();
    const two = await start({ tokenEndpoint: `${stage.server.origin}/other` });
    expect(await two.get()).toBe('token-2');
    expect(stage.server.requests.map(({ path }) => path)).toEqual(['/token', '/other']);
  });

  it('is anybody whose secret is read by a function, whatever it is at the moment', async () => {
    const [old, next] = [async () => 'secret-of-yesterday', () => 'secret-of-today'];
    const one = await start({ clientSecret: old });
    await one.get();
    await published();
    expect(await (await start({ clientSecret: next })).get()).toBe('token-1');
    expect(stage.server.requests).toHaveLength(1);
  });

  it('is the same tenant and no other, even if all they ask for is the same', async () => {
    const [acme, beta] = [{ tenant: 'acme' }, { tenant: 'beta' }];
    const crm = { baseURL: stage.api.origin, resolveClient: () => ({}) };
    const [one, two] = [
      await start({ clients: { orders: crm } }),
      await start({ clients: { orders: crm } }),
    ];
    expect([await one.get(acme), await one.get(beta)]).toEqual(['token-1', 'token-2']);
    await published(2);
    expect([await two.get(beta), await two.get(acme)]).toEqual(['token-2', 'token-1']);
    expect(await two.get({ tenant: 'gamma' })).toBe('token-3');
    expect(stage.server.requests).toHaveLength(3);
  });

  describe('where tokens are bound to a key', () => {
    const dpopEndpoint = () => tokenEndpoint({ token_type: 'DPoP' });

    async function newJwk(): Promise<JWK> {
      const { privateKey } = await generateKeyPair('ES256', { extractable: true });
      return { ...(await exportJWK(privateKey)), alg: 'ES256' };
    }

    it('is whoever was given that key, and can use the token', async () => {
      stage.server.respond = dpopEndpoint();
      const key = await newJwk();
      const one = await start({ dpop: { key: { ...key } } });
      await one.get();
      await published();
      const two = await start({ dpop: { key: { ...key } } });
      await two.clients.axios('orders').get('/orders');
      expect(stage.server.requests).toHaveLength(1);
      const [{ headers }] = stage.api.requests as [(typeof stage.api.requests)[0]];
      expect(headers.authorization).toBe('DPoP token-1');
      const { jwk = {} } = decodeProtectedHeader(String(headers['dpop']));
      expect(await calculateJwkThumbprint(jwk)).toBe(await calculateJwkThumbprint(key));
      const three = await start({ dpop: { key: await newJwk() } });
      expect(await three.get()).toBe('token-2');
      expect(codesOf(one.clients, two.clients, three.clients)).toEqual([]);
    });

    it('is nobody where each process has a key of its own, which is said once at start', async () => {
      stage.server.respond = dpopEndpoint();
      const baseURL = stage.api.origin;
      const clients = { orders: { baseURL }, billing: { baseURL } };
      const [one, two] = [
        await start({ dpop: true, clients }),
        await start({ dpop: true, clients }),
      ];
      expect([await one.get(), await two.get()]).toEqual(['token-1', 'token-2']);
      expect(stage.store.count(/:token:/)).toBe(0);
      expect([codesOf(one.clients), codesOf(two.clients)]).toEqual([
        ['dpop_key_not_shared'],
        ['dpop_key_not_shared'],
      ]);
      expect(one.clients.logs.ours.join()).toContain('orders, billing');
    });
  });

  describe('where tokens are bound to a certificate', () => {
    let authority: CertificateAuthority;
    let secure: SecureServer;
    let [gateway, renewed]: PemPair[] = [];
    const trusted = globalAgent.options.ca;

    beforeAll(async () => {
      authority = await CertificateAuthority.create();
      globalAgent.options.ca = authority.certificate;
      secure = await SecureServer.start(authority);
      gateway = await authority.client('gateway');
      renewed = await authority.client('renewed');
    });

    afterAll(async () => {
      globalAgent.options.ca = trusted;
      await secure.stop();
    });

    it('is whoever has that certificate, which goes with the token', async () => {
      secure.respond = tokenEndpoint();
      const withCertificate = (pair: PemPair | undefined) => {
        const { certificate = '', key = '' } = pair ?? {};
        const clientAuthentication: ClientAuthentication = {
          method: 'tls_client_auth',
          certificate: () => certificate,
          key: () => key,
        };
        return start({
          tokenEndpoint: `${secure.origin}/token`,
          clientSecret: undefined,
          clientAuthentication,
          backchannel: { ca: authority.certificate, retries: 0 },
          clients: { orders: { baseURL: secure.origin } },
        });
      };
      await (await withCertificate(gateway)).get();
      await published();
      secure.requests.length = 0;
      await (await withCertificate(gateway)).clients.axios('orders').get('/orders');
      expect(secure.requests).toMatchObject([
        { path: '/orders', presented: 'gateway', headers: { authorization: 'Bearer token-1' } },
      ]);
      const other = await withCertificate(renewed);
      expect(await other.get()).toBe('token-3');
      expect(codesOf(other.clients)).toEqual([]);
    });
  });
});
