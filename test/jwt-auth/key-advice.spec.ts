import { BackchannelError } from '../../lib/authorization-server/http/backchannel.js';
import { MetadataError } from '../../lib/authorization-server/issuer-metadata.js';
import { keyAdvice } from '../../lib/jwt-auth/keys/key-advice.js';

const ISSUER = 'https://id.example.com/realms/demo';

describe('what to do where keys cannot be had', () => {
  const other = (issuer: string, jwksUri?: string) =>
    keyAdvice('metadata', ISSUER, new MetadataError('none', [{ issuer, jwksUri }]));

  it.each([
    ['metadata', 'is issuer right? If its keys are elsewhere, or not reachable under this name'],
    ['jwksUri', 'is jwksUri right?'],
    ['jwksClient', 'is jwksClient right?'],
  ] as const)('is looked for where they come from: %s', (origin, expected) => {
    expect(keyAdvice(origin, ISSUER, new BackchannelError('down'))).toContain(expected);
  });

  it('speaks of jwksUri only where there are no metadata', () => {
    expect(keyAdvice('jwksUri', ISSUER, new Error('down'))).not.toContain('issuer');
    expect(keyAdvice('metadata', ISSUER, new MetadataError('404', []))).toContain('give jwksUri');
  });

  it('is to take the name that the server gives itself, and its keys', () => {
    expect(other('http://localhost:8080/realms/demo', 'http://localhost:8080/certs')).toBe(
      'Tokens will say "http://localhost:8080/realms/demo": set issuer to that and jwksUri to "http://localhost:8080/certs", or to where these keys can be reached from here.',
    );
    expect(other('http://localhost:8080')).toContain('jwksUri to the place of its keys');
  });

  it('is to look up tenants where the name stands for all of them', () => {
    expect(other('https://login.microsoftonline.com/{tenantid}/v2.0')).toMatch(
      /^"https:\/\/login.microsoftonline.com\/\{tenantid\}\/v2.0" stands for .* give resolveIssuer/,
    );
  });

  it('is said elsewhere where it is the slash alone', () => {
    expect(other(`${ISSUER}/`)).toBe('');
  });
});
