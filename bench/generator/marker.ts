/** Marker that identifies a payload in any frame without parsing: `seq=` and ten digits. */
const MARKER = Buffer.from('seq=');
const DIGITS = 10;
const ZERO = 48;

/** Creates data of `bytes` bytes with the number of the message. */
export function markedData(sequence: number, bytes: number): string {
  return `${MARKER.toString()}${String(sequence).padStart(DIGITS, '0')}`.padEnd(bytes, '.');
}

/** Calls `take` for each marker in a payload, which may hold several messages. */
export function eachMarker(payload: Buffer, take: (sequence: number) => void): void {
  for (let at = payload.indexOf(MARKER); at >= 0; at = payload.indexOf(MARKER, at + DIGITS)) {
    take(numberAt(payload, at + MARKER.length));
  }
}

/** Parses the decimal number that starts at `at`. */
export function numberAt(bytes: Buffer, at: number): number {
  let value = 0;
  for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
    value = value * 10 + digit;
  }
  return value;
}

/** Returns the text between `before` and the next quotation mark. */
export function quotedAfter(payload: Buffer, before: Buffer): string | undefined {
  const at = payload.indexOf(before);
  if (at < 0) return undefined;
  const start = at + before.length;
  return payload.toString('latin1', start, payload.indexOf('"', start));
}
