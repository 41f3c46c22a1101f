import {
  environmentProxyFor,
  proxyVariableFor,
} from '../../lib/authorization-server/http/environment-proxy.js';

const proxies = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:1' };

describe('the proxy of the environment', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['https://id.example.com', proxies, 'http://secure:1'],
    ['http://id.example.com', proxies, 'http://plain:1'],
    ['https://id.example.com', { https_proxy: 'http://small:1', ...proxies }, 'http://small:1'],
    ['https://id.example.com', { https_proxy: '', ...proxies }, 'http://secure:1'],
    ['https://id.example.com', { ALL_PROXY: 'http://all:1' }, 'http://all:1'],
    ['http://id.example.com', { all_proxy: 'http://all:1' }, 'http://all:1'],
    ['https://id.example.com', { ...proxies, ALL_PROXY: 'http://all:1' }, 'http://secure:1'],
    ['https://id.example.com', { HTTP_PROXY: 'http://plain:1' }, undefined],
    ['https://id.example.com', {}, undefined],
    ['https://id.example.com', { HTTPS_PROXY: 'proxy.example:3128' }, 'http://proxy.example:3128'],
    ['https://localhost', proxies, undefined],
    ['http://127.0.0.1:80', proxies, undefined],
    ['http://[::1]:80', proxies, undefined],
  ])('for %s with %j is %s', (url, environment, proxy) => {
    expect(environmentProxyFor(new URL(url), environment)).toBe(proxy);
  });

  it('is known by the name of its variable', () => {
    expect(proxyVariableFor(new URL('https://id.example.com'), proxies)).toBe('HTTPS_PROXY');
    expect(proxyVariableFor(new URL('http://localhost'), proxies)).toBeUndefined();
  });

  it.each<[string, string, boolean]>([
    ['https://id.example.com', 'id.example.com', true],
    ['https://id.example.com', 'ID.Example.COM', true],
    ['https://id.example.com', 'example.com', true],
    ['https://id.example.com', '.example.com', true],
    ['https://id.example.com', '*.example.com', true],
    ['https://id.example.com', '*', true],
    ['https://id.example.com', 'other.example, id.example.com', true],
    ['https://id.example.com', 'other.example\tid.example.com', true],
    ['https://id.example.com', 'id.example.com:443', true],
    ['https://id.example.com:8443', 'id.example.com:8443', true],
    ['http://id.example.com', 'id.example.com:80', true],
    ['https://id.example.com', '', false],
    ['https://id.example.com', ' , ', false],
    ['https://id.example.com', '.', false],
    ['https://id.example.com', 'd.example.com', false],
    ['https://badexample.com', 'example.com', false],
    ['https://id.example.com', 'id.example.com.evil', false],
    ['https://id.example.com', 'id.example.com:8443', false],
    ['https://10.1.2.3', '10.1.2.3', true],
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://11.1.2.3', '10.0.0.0/8', false],
    ['https://id.example.com', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.0.0.0/99', false],
    ['https://10.1.2.3', '10.0.0.0/x', false],
    ['https://10.1.2.3', 'nonsense/8', false],
    ['https://[fd00::1]', 'fd00::1', true],
    ['https://[fd00::1]', '[fd00::1]', true],
    ['https://[fd00::1]:8443', '[fd00::1]:8443', true],
    ['https://[fd00::1]', 'fd00::/8', true],
    ['https://[fd00::1]', '10.0.0.0/8', false],
  ])('for %s with NO_PROXY %j is left out: %s', (url, exceptions, excepted) => {
    const found = environmentProxyFor(new URL(url), { ...proxies, NO_PROXY: exceptions });
    expect(found === undefined).toBe(excepted);
  });
});
