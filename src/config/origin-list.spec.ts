import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalOrigin, isListed, isLoopback, origins } from './origin-list.js';

const allows = (list: string, origin: string): boolean => {
  const canonical = canonicalOrigin(origin);
  return canonical !== undefined && isListed(origins.parse(list), canonical);
};

describe('WS_ORIGINS', () => {
  it.each([
    ['https://a.example.com', 'https://a.example.com'],
    ['https://a.example.com:443', 'https://a.example.com'],
    ['https://a.example.com:0443', 'https://a.example.com'],
    ['http://a.example.com:80', 'http://a.example.com'],
    ['https://a.example.com/', 'https://a.example.com'],
    ['https://a.example.com.', 'https://a.example.com'],
    ['https://a.example.com', 'https://a.example.com.'],
    ['HTTPS://A.Example.COM', 'https://a.example.com'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://XN--BCHER-KVA.example', 'https://xn--bcher-kva.example'],
    ['https://*.bücher.example', 'https://shop.xn--bcher-kva.example'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
    ['https://*.example.com', 'https://a.example.com'],
    ['https://*.example.com:443', 'https://pr-12.example.com'],
    ['http://*.example.com:8080', 'http://a.example.com:8080'],
    ['http://*.localhost:8080', 'http://shop.localhost:8080'],
    ['https://one.example, https://two.example', 'https://two.example'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['ionic://localhost', 'ionic://localhost'],
    ['app://.', 'app://.'],
    ['tauri://localhost', 'tauri://localhost'],
    ['file://', 'file://'],
    ['null', 'null'],
    ['chrome-extension://abcdefghijklmnopabcdefghijklmnop', 'chrome-extension://abcdefghijklmnopabcdefghijklmnop'],
    ['moz-extension://0f1e2d3c-0000-4000-8000-00000000000a', 'moz-extension://0f1e2d3c-0000-4000-8000-00000000000a'],
  ])('%s allows %s', (list, origin) => {
    expect(allows(list, origin)).toBe(true);
  });

  it.each([
    ['', 'https://a.example.com'],
    ['https://a.example.com', 'http://a.example.com'],
    ['https://a.example.com', 'https://a.example.com:8443'],
    ['https://a.example.com', 'https://b.a.example.com'],
    ['https://a.example.com', 'https://a.example.com.evil.example'],
    ['https://*.example.com', 'https://example.com'],
    ['https://*.example.com', 'https://a.b.example.com'],
    ['https://*.example.com', 'https://*.example.com'],
    ['https://*.example.com', 'https://.example.com'],
    ['https://*.example.com', 'http://a.example.com'],
    ['https://*.example.com', 'https://a.example.com:8443'],
    ['https://*.example.com', 'https://evilexample.com'],
    ['capacitor://localhost', 'http://localhost'],
    ['capacitor://localhost', 'ionic://localhost'],
    ['app://.', 'app://x'],
    ['file://', 'null'],
    ['null', 'https://null'],
  ])('%s does not allow %s', (list, origin) => {
    expect(allows(list, origin)).toBe(false);
  });

  it.each([
    '*',
    'null.example',
    'a.example.com',
    'https://',
    'https://*',
    'https://*.',
    'https://*:8080',
    'https://*.*.example.com',
    'https://a.*.example.com',
    'https://pr-*.example.com',
    'https://a.example.com/app',
    'https://a.example.com?x',
    'https://a.example.com#x',
    'https://ann@a.example.com',
    'https://ann:secret@a.example.com',
    'https://a.example.com:99999',
    'https://a.example.com:*',
    'https://a b.example',
    'https:\\\\a.example.com',
    'https:a.example.com',
    'wss://a.example.com',
    'ws://a.example.com',
    'file:///home/ann/page.html',
    'file://host',
    'chrome-extension://*',
    'capacitor://localhost/app',
    'data://x',
  ])('refuses %s, which no page can have', (entry) => {
    const { success, error } = origins.safeParse(`https://good.example, ${entry}`);
    expect(success).toBe(false);
    expect(error?.issues.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^entry 2 can match no page: .*https:\/\/\*\.example\.com/),
    ]);
  });

  it('names every invalid entry', () => {
    const { error } = origins.safeParse('https://*,https://good.example,wss://a.example');
    expect(error?.issues.map(({ message }) => message.slice(0, 7))).toEqual(['entry 1', 'entry 3']);
  });
});

describe('canonicalOrigin', () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((text) => !text.startsWith('xn--'));
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined });

  it('is what a browser sends for an address, and is stable when parsed again', () => {
    fc.assert(
      fc.property(fc.constantFrom('http', 'https'), host, port, (scheme, name, number) => {
        const text = `${scheme}://${name}${number === undefined ? '' : `:${number}`}`;
        const canonical = canonicalOrigin(text.toUpperCase());
        expect(canonical).toBe(new URL(text).origin);
        expect(canonicalOrigin(canonical ?? '')).toBe(canonical);
      }),
    );
  });

  it('never throws, and is undefined for text that is too long', () => {
    fc.assert(fc.property(fc.string(), (text) => void canonicalOrigin(text)));
    fc.assert(fc.property(fc.string(), (text) => void canonicalOrigin(`https://${text}`)));
    expect(canonicalOrigin(`https://${'a.'.repeat(200)}example`)).toBeUndefined();
  });
});

describe('isLoopback', () => {
  it.each([
    'http://localhost',
    'https://localhost:5173',
    'http://127.0.0.1:3000',
    'http://127.9.9.9',
    'http://[::1]:8080',
    'http://shop.localhost:3000',
  ])('is %s', (origin) => expect(isLoopback(origin)).toBe(true));

  it.each([
    'http://localhost.evil.example',
    'http://evillocalhost',
    'http://127.0.0.1.evil.example',
    'http://192.168.0.1',
    'http://[::2]',
    'capacitor://localhost',
    'null',
  ])('is not %s', (origin) => expect(isLoopback(origin)).toBe(false));
});
