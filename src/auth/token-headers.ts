import { type ProtectedHeaderParameters, decodeProtectedHeader } from 'jose';

/** Parses headers of tokens. It keeps the last one, since tokens of one issuer share it. */
export class TokenHeaders {
  private text = '';
  private header: ProtectedHeaderParameters = {};

  /** @throws Error if the token has no header that can be read. */
  of(token: string): ProtectedHeaderParameters {
    const text = token.slice(0, token.indexOf('.'));
    if (text !== this.text) {
      this.header = decodeProtectedHeader(token);
      this.text = text;
    }
    return this.header;
  }
}
