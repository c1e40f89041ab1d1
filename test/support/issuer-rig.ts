import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWK, type JWTPayload, SignJWT } from 'jose';

type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

/** Key pair of the issuer, with its `kid`. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function issuerKey(kid: string, alg: Algorithm): IssuerKey {
  return { kid, alg, ...pairFor(alg) };
}

function pairFor(alg: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2_048 });
}

export const jwkOf = ({ kid, alg, publicKey }: IssuerKey): JWK => ({
  ...(publicKey.export({ format: 'jwk' }) as JWK),
  kid,
  alg,
  use: 'sig',
});

export const keySetOf = (...keys: IssuerKey[]): string => JSON.stringify({ keys: keys.map(jwkOf) });

export const inAnHour = (): number => Math.floor(Date.now() / 1_000) + 3_600;

/** Signs a token of the issuer. Default lifetime: an hour. */
export function signedBy(
  { kid, alg, privateKey }: IssuerKey,
  claims: JWTPayload,
  header: object = {},
): Promise<string> {
  return new SignJWT({ exp: inAnHour(), ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Issuer of tokens that publishes its keys, or gives any answer that a test sets. */
export class IssuerRig {
  /** Number of requests so far. */
  asked = 0;
  answer: Answer = (response) => response.end(keySetOf());

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.asked += 1;
      this.answer(response, request);
    });
  }

  static async start(...keys: IssuerKey[]): Promise<IssuerRig> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const rig = new IssuerRig(server);
    rig.publish(...keys);
    return rig;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  publish(...keys: IssuerKey[]): void {
    this.answer = (response) => response.end(keySetOf(...keys));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
